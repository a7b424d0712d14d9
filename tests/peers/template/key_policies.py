"""What the key policies allow: what the guides tell operators to do, what CloudFormation does, and nothing else.

With and without KeyAdministratorArn, for a deployer who is another role than the administrator.

Usage: key_policies.py
"""

import re
import sys
from pathlib import Path

from transformed import Evaluation, transformed

ROOT = Path(__file__).parents[3]
ADMINISTRATOR = "arn:aws:iam::000000000000:role/keys"
DEPLOYER = "arn:aws:iam::000000000000:role/deployments"
# What CloudFormation calls for the deployer. Source: the handlers of AWS::KMS::Key and AWS::KMS::Alias in its registry.
BY_CLOUDFORMATION = {
    "create": ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "TagResource", "CreateAlias"],
    "update": ["DescribeKey", "EnableKey", "DisableKey", "PutKeyPolicy", "TagResource", "UntagResource",
               "UpdateKeyDescription", "UpdateAlias"],
    "roll back": ["DescribeKey", "PutKeyPolicy", "UpdateKeyDescription", "ScheduleKeyDeletion", "DeleteAlias"],
}
# The guides name this call as one that KMS denies.
REFUSED = {"Sign"}
# Commands for keys of one kind.
OF_SETTINGS_KEY = {"EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "GetKeyRotationStatus", "Encrypt"}
USES = {"Sign", "GenerateMac", "Decrypt"}


def commands():
    """The operations of KMS that the guides tell operators to call."""
    pages = [ROOT / "infra/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    words = set(re.findall(r"aws kms ([a-z-]+)", text)) | {"rotate-key-on-demand", "schedule-key-deletion"}
    return {"".join(part.capitalize() for part in word.split("-")) for word in words} - REFUSED


def policies(administrator):
    template = transformed()
    evaluation = Evaluation(template)
    evaluation.parameters["KeyAdministratorArn"] = administrator
    keys = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::KMS::Key"}
    return {name: evaluation.value(one["Properties"]) for name, one in keys.items()}


def allows(key, principal, operation, via=None):
    """Whether the policy of a key lets a principal whose own policy allows everything call an operation."""
    return any(applies(one, principal, via) and f"kms:{operation}" in listed(one["Action"]) for one in key["KeyPolicy"]["Statement"])


def applies(statement, principal, via):
    if statement["Principal"]["AWS"] not in (principal, "arn:aws:iam::000000000000:root"):
        return False
    for operator, keys in statement.get("Condition", {}).items():
        (name, wanted), = keys.items()
        match (operator, name):
            case ("ArnLike", "aws:PrincipalArn"):
                if not any(re.fullmatch(re.escape(one).replace(r"\*", ".*"), principal) for one in listed(wanted)):
                    return False
            case ("ForAnyValue:StringEquals", "aws:CalledVia"):
                if via not in listed(wanted):
                    return False
            case other:
                sys.exit(f"the condition {other} is not known here")
    return True


def listed(value):
    return value if isinstance(value, list) else [value]


def main():
    wrong, checked = [], 0

    def expect(wanted, got, what):
        nonlocal checked
        checked += 1
        if wanted != got:
            wrong.append(what)

    for administrator in ("", ADMINISTRATOR):
        operator = administrator or DEPLOYER
        for name, key in policies(administrator).items():
            case = f"{name} {'with' if administrator else 'without'} KeyAdministratorArn"
            # KMS refuses a policy that does not let the deployer change it, unless the check is bypassed.
            expect(bool(administrator), key.get("BypassPolicyLockoutSafetyCheck", False), f"{case}: the lockout check")
            for operation in sorted(commands()):
                wanted = operation not in OF_SETTINGS_KEY or name == "SettingsKey" or operation == "GetKeyRotationStatus"
                expect(wanted, allows(key, operator, operation), f"{case}: the operator's {operation}")
            for step, operations in BY_CLOUDFORMATION.items():
                for operation in operations:
                    allowed = allows(key, DEPLOYER, operation, "cloudformation.amazonaws.com")
                    expect(True, allowed, f"{case}: CloudFormation cannot {step}, since {operation} is denied")
                    directly = allows(key, DEPLOYER, operation)
                    expect(not administrator, directly, f"{case}: {operation} by the deployer directly")
            for use in USES:
                for principal in (operator, DEPLOYER):
                    for via in (None, "cloudformation.amazonaws.com"):
                        expect(False, allows(key, principal, use, via), f"{case}: {principal} may {use}")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{checked} calls checked, {len(commands())} of them named by the guides")


main()
