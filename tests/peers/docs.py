"""The programs that the documents print: each `python run` and `js run` block runs as it stands, and says what it should.
The `js authorizer` is given good and bad tokens as API Gateway would hand them on.

Usage: docs.py DEV_JSON
"""

import json
import os
import pathlib
import re
import subprocess
import sys

from peers import Stack, ask, expect, expect_that

FENCE = re.compile(r"^```(python|js) run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AUTHORIZER = re.compile(r"^```js authorizer run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Calls the function for each header of the environment, and prints what it answers.
EACH_HEADER = """
for (const authorization of JSON.parse(process.env.HEADERS)) {
  const headers = authorization === null ? {} : { authorization };
  console.log(JSON.stringify(await handler({ headers }).catch((error) => error.message)));
}
"""
ROOT = pathlib.Path(__file__).resolve().parents[2]


def command(language):
    """What runs a program that comes on standard input. Node finds packages from where it is started."""
    return {"python": [sys.executable, "-"], "js": ["node", "--input-type=module", "-"]}[language]


def execute(language, program, known):
    return subprocess.run(
        command(language),
        input=program,
        env=os.environ | known,
        cwd=ROOT / "target/peers",
        capture_output=True,
        text=True,
        timeout=120,
    )


def answers(program, issuer, fhir, headers):
    """What the authorizer says to each header, deployed with these settings."""
    known = {"ISSUER": issuer, "FHIR_BASE_URL": fhir, "HEADERS": json.dumps(headers), "NO_PROXY": "127.0.0.1,localhost"}
    ended = execute("js", program + EACH_HEADER, known)
    expect(f"exit status of the authorizer {ended.stderr}", 0, ended.returncode)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def authorizer(stack):
    """Lets a good token through with what the server needs of it, and nothing else."""
    (program,) = AUTHORIZER.findall((ROOT / "docs/fhir-servers/tokens.md").read_text(encoding="utf-8"))
    client = stack.client("backend")
    endpoint = stack.discovery["token_endpoint"]
    token = ask(endpoint, stack.assertion(client, endpoint), "system/*.rs").json()["access_token"]
    head, body, signature = token.split(".")
    told = {"sub": client["client_id"], "client_id": client["client_id"], "scope": "system/*.rs", "patient": "", "fhirUser": ""}
    good, no = {"isAuthorized": True, "context": told}, {"isAuthorized": False}
    assertion = stack.assertion(client, endpoint)
    cases = {
        f"Bearer {token}": good,
        f"bearer {token}": good,
        f"Bearer {head}.{body}.{signature[:-4]}AAAA": no,
        f"Bearer {head}.{body}.": no,
        f"Bearer {assertion}": no,
        "Bearer x": no,
        "Bearer": no,
        f"Basic {token}": no,
        None: no,
    }
    said = answers(program, stack.issuer, stack.fhir, list(cases))
    for header, wanted, got in zip(cases, cases.values(), said, strict=True):
        expect(f"what the authorizer says to {header}", wanted, got)
    header = [f"Bearer {token}"]
    expect("a token for another server", [no], answers(program, stack.issuer, f"{stack.fhir}/other", header))
    # Nobody listens, or somebody who has no keys: that is no fault of the token.
    for elsewhere in ["http://127.0.0.1:9", stack.facts["sample_app"]]:
        failed = answers(program, elsewhere, stack.fhir, header)
        expect_that(f"without the keys of {elsewhere} it fails", isinstance(failed[0], str), failed)


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
            ended = execute(language, program, known)
            where = f"{page.relative_to(ROOT)}, {language}"
            expect(f"exit status of {where} {ended.stderr}", 0, ended.returncode)
            expect(f"what {where} prints", "Bundle\n", ended.stdout)
            run += 1
    expect_that("programs were found", run >= 2, run)
    authorizer(stack)


main()
