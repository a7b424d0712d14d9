"""What checkov finds in the template is exactly what infra/checkov.yaml explains.

Usage: checkov.py PROGRAM
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
EXPLAINED = ROOT / "infra/checkov.yaml"


def explained():
    """The findings that stay, each with its reason."""
    lines = EXPLAINED.read_text(encoding="utf-8").split("skip-check:\n")[1].splitlines()
    reasons = {}
    for line in lines:
        match = re.fullmatch(r"  - (CKV2?_AWS_\d+)  # (.{20,})", line)
        if not match:
            sys.exit(f"infra/checkov.yaml: {line!r} is not a finding with its reason")
        reasons[match[1]] = match[2]
    return reasons


def found(program):
    """The findings, each with the resources that it is about."""
    command = [program, "--file", "template.yaml", "--framework", "cloudformation", "--skip-download", "--output", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        sys.exit(f"checkov could not read the template: {report['summary']}")
    findings = {}
    for one in report["results"]["failed_checks"]:
        findings.setdefault(one["check_id"], []).append(f"{one['resource'].rsplit('.', 1)[-1]}: {one['check_name']}")
    return findings, report["summary"]["passed"]


def main():
    reasons, (findings, passed) = explained(), found(sys.argv[1])
    wrong = [f"{check} has no reason: {where}" for check, every in findings.items() if check not in reasons for where in every]
    wrong += [f"{check} is explained and not found any more" for check in reasons if check not in findings]
    if wrong:
        sys.exit("\n".join(sorted(wrong)))
    print(f"{passed} checks passed, {len(findings)} kinds of finding explained")


main()
