"""The deployments that `cargo admin` prints are taken by SAM's own parser, and by the template, as they are meant.

Usage: printed_deployments.py PROGRAM, with the Python of SAM's command line
"""

import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from samcli.cli.types import CfnParameterOverridesType
from samcli.yamlhelper import yaml_parse

TEMPLATE = yaml_parse((Path(__file__).parents[3] / "template.yaml").read_text(encoding="utf-8"))
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
BEFORE = hashlib.sha256(b"before").hexdigest()
# What CloudFormation must refuse to take as OriginSecretHash.
MALFORMED = ["0", BEFORE.upper(), f"{BEFORE},", f",{BEFORE}", f"{BEFORE},{BEFORE},{BEFORE}", f"{BEFORE} {BEFORE}"]


def expect(what, wanted, got):
    if got != wanted:
        sys.exit(f"{what}: expected {wanted!r}, got {got!r}")


def fits(parameter, value):
    return re.search(TEMPLATE["Parameters"][parameter]["AllowedPattern"], value) is not None


def printed(*words):
    ended = subprocess.run([sys.argv[1], "origin-secret", *words], capture_output=True, text=True, timeout=30, check=True)
    return ended.stdout


def parsed(command):
    """The options of a command, and its parameters as SAM reads them."""
    words = shlex.split(command)
    at = words.index("--parameter-overrides")
    values = CfnParameterOverridesType().convert(tuple(words[at + 1 :]), None, None)
    for name, value in values.items():
        expect(f"whether {name} takes {value}", True, fits(name, value))
    return words[:at], values


def check(options, words, wanted):
    """Commands as JSON and as lines to copy, which are the same but for the secret."""
    said = json.loads(printed("--json", *words))
    secret, new = said["secret"], said["hash"]
    expect("hash", hashlib.sha256(secret.encode()).hexdigest(), new)
    got = [parsed(one["command"]) for one in said["deploy"]]
    expect(f"deployments of {words}", [(["sam", "deploy", *options], one(secret, new)) for one in wanted], got)
    lines = [line for line in printed(*words).splitlines() if line.startswith("sam deploy")]
    expect(f"lines of {words}", [list(values) for _, values in got], [list(parsed(line)[1]) for line in lines])
    return len(got)


def main():
    first = [
        lambda secret, new: {"CloudFrontCertificateArn": CERTIFICATE, "OriginSecret": secret, "OriginSecretHash": new}
    ]
    replacement = [
        lambda _, new: {"OriginSecretHash": f"{BEFORE},{new}"},
        lambda secret, _: {"OriginSecret": secret},
        lambda _, new: {"OriginSecretHash": new},
    ]
    count = 0
    for words, wanted in ((["--certificate", CERTIFICATE], first), (["--replace", BEFORE], replacement)):
        count += check([], words, wanted)
        count += check(["--config-env", "prod"], [*words, "--config-env", "prod"], wanted)
        count += check(["--stack-name", "smart-test"], [*words, "--stack", "smart-test"], wanted)
    for value in MALFORMED:
        expect(f"whether OriginSecretHash takes {value!r}", False, fits("OriginSecretHash", value))
    print(f"{count} deployments are read by SAM as they are meant")


main()
