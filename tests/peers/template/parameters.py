"""Each parameter has a limit, and each table is protected from deletion by the parameter for that.

Usage: parameters.py
"""

import re
import sys

from transformed import source

PROTECTED = {"Fn::If": ["HasDeletionProtection", True, False]}
LONGEST = 1024


def limit(parameter):
    """The longest value of a parameter, or None."""
    if "AllowedValues" in parameter:
        return max(len(str(one)) for one in parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        return len(str(parameter["MaxValue"])) if {"MinValue", "MaxValue"} <= set(parameter) else None
    if "MaxLength" in parameter:
        return int(parameter["MaxLength"])
    longest = re._parser.parse(parameter.get("AllowedPattern", ".*")).getwidth()[1]
    return longest if longest <= LONGEST else None


def main():
    template, wrong = source(), []
    parameters = template["Parameters"]
    limits = {name: limit(one) for name, one in parameters.items()}
    wrong += [f"{name} has no MaxLength, AllowedValues, bounded pattern or range" for name, one in limits.items() if one is None]
    for name, one in parameters.items():
        if "MaxLength" in one and len(str(one.get("Default", ""))) > int(one["MaxLength"]):
            wrong.append(f"the default of {name} is longer than its MaxLength")
    tables = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::DynamoDB::Table"}
    for name, table in tables.items():
        if table["Properties"].get("DeletionProtectionEnabled") != PROTECTED:
            wrong.append(f"{name} is not protected from deletion by the parameter DeletionProtection")
        if table.get("DeletionPolicy") != "RetainExceptOnCreate" or table.get("UpdateReplacePolicy") != "Retain":
            wrong.append(f"{name} is not kept by RetainExceptOnCreate and Retain")
    if parameters.get("DeletionProtection", {}).get("Default") != "true":
        wrong.append("an upgrade switches the protection from deletion off")
    if wrong:
        sys.exit("\n".join(sorted(wrong)))
    print(f"{len(limits)} parameters with a limit, {len(tables)} tables with protection")


main()
