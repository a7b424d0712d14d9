"""Schemathesis holds the registration API against its own description, with requests that it makes up. How single
answers look is checked in functions/registration/src/tests.

Usage: openapi.py DEV_JSON
"""

import os
import shutil
import subprocess
import sys

from peers import Stack, expect, expect_that

SETTINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemathesis.toml")

# Schemathesis writes its cache next to its settings, so it gets a copy of them.
WORK = os.path.abspath("target/peers")

# The fewest: most requests come of the coverage phase, and the API counts 1200 a minute.
EXAMPLES = "1"


def hold(stack):
    """Runs schemathesis with the token of the administrator that the stack keeps fresh."""
    token = stack.facts["admin"]["access_token"]
    expect_that("the stack has a token for its administrator", bool(token))
    settings = shutil.copy(SETTINGS, WORK)
    command = [
        "schemathesis", "--config-file", settings, "run", f"{stack.issuer}/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--max-examples", EXAMPLES,
    ]
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
    outcome = subprocess.run(command, cwd=WORK, env=environment, capture_output=True, text=True, timeout=240)
    print("\n".join(outcome.stdout.splitlines()[-6:] if outcome.returncode == 0 else outcome.stdout.splitlines()))
    expect("exit status of schemathesis", 0, outcome.returncode)


def main():
    stack = Stack(sys.argv[1])
    hold(stack)


main()
