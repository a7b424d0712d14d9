"""Schemathesis holds the registration API against its own description, with requests that it makes up.

Usage: openapi.py DEV_JSON
"""

import os
import shutil
import subprocess
import sys

from peers import Http, Stack, expect, expect_that

SETTINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemathesis.toml")

# Schemathesis writes its cache next to its settings, so it gets a copy of them.
WORK = os.path.abspath("target/peers")

# The fewest: most requests come of the coverage phase, and the API counts 1200 a minute.
EXAMPLES = "1"


def the_document_is_there_for_everybody(stack):
    answer = Http().get(f"{stack.issuer}/openapi.json", headers={"Origin": "https://docs.example.org"})
    expect("status of /openapi.json", 200, answer.status_code)
    expect("version of the description", "3.1.0", answer.json()["openapi"])
    expect("who may read it", "*", answer.headers.get("Access-Control-Allow-Origin"))
    return answer.json()


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
    the_document_is_there_for_everybody(stack)
    hold(stack)


main()
