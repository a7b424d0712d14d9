"""What each alarm of the template makes of example series, by its own threshold or its own expression.

The language of the expressions is CloudWatch's metric math, of which this file knows what the template uses.

Usage: alarms.py
"""

import re
import sys

from transformed import Evaluation, transformed

WORDS = {"AND": "and", "OR": "or", "IF": "either"}
COMPARISONS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
}
# Each minute: requests, and how many of them the service answered 5xx. None - a minute without a request.
FEW = [(3, 3)] * 5
SERIES = {
    "three requests a minute that all fail": (FEW, True),
    "one request a minute that always fails": ([(1, 1)] * 5, True),
    "requests in every second minute that all fail": ([(2, 2), None, (2, 2), None, (2, 2)], True),
    "five of six requests a minute that fail": ([(6, 5)] * 5, True),
    "six failures a minute among a thousand requests": ([(1000, 6)] * 5, True),
    "many failures for three minutes": ([(1000, 0)] * 2 + [(1000, 400)] * 3, True),
    "a single failure among no other requests": ([None, None, (1, 1), None, None], False),
    "a single failure among other requests": ([(4, 0), (4, 0), (4, 1), (4, 0), (4, 0)], False),
    "many failures for one minute": ([(1000, 0)] * 4 + [(1000, 400)], False),
    "one failure a minute among three requests": ([(3, 1)] * 5, False),
    "no failure": ([(1000, 0)] * 5, False),
    "no request": ([None] * 5, False),
}


def evaluated(expression, values):
    """An expression for one minute. A metric without a value makes the whole without one."""
    if any(value is None for value in values.values()):
        return None
    python = re.sub(r"\b(AND|OR|IF)\b", lambda match: WORDS[match[1]], expression)
    either = lambda condition, then, otherwise: then if condition else otherwise  # noqa: E731
    return float(eval(python, {"__builtins__": {}, "either": either}, values))  # noqa: S307 (our own template)


def metric(name, minute):
    requests, errors = minute or (None, None)
    return {"5xx": errors, "Count": requests}[name]


def value(alarm, minute):
    """What the alarm compares with its threshold in a minute."""
    if "MetricName" in alarm:
        return metric(alarm["MetricName"], minute)
    parts = {one["Id"]: one for one in alarm["Metrics"]}
    result = next(one for one in parts.values() if one.get("ReturnData"))
    metrics = {name: one["MetricStat"]["Metric"]["MetricName"] for name, one in parts.items() if "MetricStat" in one}
    return evaluated(result["Expression"], {name: metric(of, minute) for name, of in metrics.items()})


def rings(alarm, minutes):
    """Whether the alarm is on after these minutes."""
    of = alarm["EvaluationPeriods"]
    beyond = COMPARISONS[alarm["ComparisonOperator"]]
    last = [value(alarm, minute) for minute in minutes[-of:]]
    if None in last and alarm["TreatMissingData"] != "notBreaching":
        sys.exit(f"how an alarm treats minutes without data as {alarm['TreatMissingData']} is not known here")
    return sum(one is not None and beyond(one, alarm["Threshold"]) for one in last) >= alarm.get("DatapointsToAlarm", of)


def periods(alarm):
    return {one["MetricStat"]["Period"] for one in alarm.get("Metrics", []) if "MetricStat" in one} or {alarm["Period"]}


def main():
    template = transformed()
    evaluation = Evaluation(template)
    for name in template["Resources"]:
        evaluation.made_as(name, name)
    alarms = {
        name: evaluation.value(one["Properties"])
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    }
    errors, wrong = alarms["ServerErrorAlarm"], []
    if periods(errors) != {60}:
        wrong.append(f"the series of ServerErrorAlarm are minutes, its periods {periods(errors)} s")
    for series, (minutes, expected) in SERIES.items():
        if rings(errors, minutes) != expected:
            wrong.append(f"ServerErrorAlarm is {'silent' if expected else 'on'}: {series}")
    quota = alarms["KmsQuotaAlarm"]
    if quota["TreatMissingData"] != "missing":
        wrong.append("KmsQuotaAlarm is OK where its metric does not exist")
    if "OKActions" in quota:
        wrong.append("KmsQuotaAlarm sends a message after each pause, because minutes without calls have no data")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(SERIES)} series evaluated, {len(alarms)} alarms")


main()
