"""The curl line that `cargo dev` printed returns a token, and still does when it is pasted again.

Usage: printed_curl.py DEV_JSON LOG, where LOG is what `cargo dev` printed.
"""

import json
import re
import subprocess
import sys

from peers import Stack, expect, expect_that


def printed_command(log):
    """The first command that begins with `curl`, with the lines that a backslash joins to it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log)
    command = re.search(r"^[ \t]*(?:\$ )?(curl (?:.*\\\n)*.*)$", plain, re.MULTILINE)
    expect_that("cargo dev prints a line that begins with curl", command is not None, log)
    return command[1]


def main():
    stack = Stack(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as log:
        command = printed_command(log.read())
    for _ in range(2):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
        expect(f"exit status of {command!r} ({done.stderr})", 0, done.returncode)
        answer = json.loads(done.stdout)
        expect_that(f"{command!r} returns a token", "access_token" in answer, answer)
        stack.verify_access_token(answer["access_token"])


main()
