"""The programs that the documents print: each `python run` and `js run` block runs as it stands, and says what it should.

Usage: docs.py DEV_JSON
"""

import json
import os
import pathlib
import re
import subprocess
import sys

from peers import Stack, expect, expect_that

FENCE = re.compile(r"^```(python|js) run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROOT = pathlib.Path(__file__).resolve().parents[2]


def command(language):
    """What runs a program that comes on standard input. Node finds packages from where it is started."""
    return {"python": [sys.executable, "-"], "js": ["node", "--input-type=module", "-"]}[language]


def main():
    stack = Stack(sys.argv[1])
    client = stack.client("backend")
    known = {
        "FHIR_BASE_URL": stack.fhir,
        "CLIENT_ID": client["client_id"],
        "PRIVATE_JWK": json.dumps(client["private_jwk"]),
        "NO_PROXY": "127.0.0.1,localhost",
    }
    run = 0
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for language, program in FENCE.findall(page.read_text(encoding="utf-8")):
            ended = subprocess.run(
                command(language),
                input=program,
                env=os.environ | known,
                cwd=ROOT / "target/peers",
                capture_output=True,
                text=True,
                timeout=120,
            )
            where = f"{page.relative_to(ROOT)}, {language}"
            expect(f"exit status of {where} {ended.stderr}", 0, ended.returncode)
            expect(f"what {where} prints", "Bundle\n", ended.stdout)
            run += 1
    expect_that("programs were found", run >= 2, run)


main()
