"""No resource of the transformed template waits for itself, which no linter looks at and only a deployment would show; and a
deployment asks four questions, no more.

Usage: circles.py
"""

import sys

from transformed import ANSWERS, order, source, transformed, waits_for


def with_events():
    """The template as it must not be: the API made by SAM from the `Events` of a function whose environment names it."""
    template = source()
    template["Resources"]["CircleApi"] = {"Type": "AWS::Serverless::HttpApi"}
    function = template["Resources"]["TokenFunction"]["Properties"]
    function["Events"] = {"Door": {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": "CircleApi"}}}}
    function["Environment"]["Variables"]["CIRCLE"] = {"Fn::GetAtt": ["CircleApi", "ApiEndpoint"]}
    return template


def main():
    sequence, circle = order(waits_for(transformed()))
    if circle:
        sys.exit("these wait for each other: " + " -> ".join(circle))
    if order(waits_for(transformed(with_events())))[1] is None:
        sys.exit("the check is blind: it did not see the circle that it was given")
    asked = {name for name, one in source()["Parameters"].items() if "Default" not in one}
    if asked != set(ANSWERS):
        sys.exit(f"a deployment asks for {sorted(asked)}, not for {sorted(ANSWERS)}")
    print(f"{len(sequence)} resources, none waits for itself")


main()
