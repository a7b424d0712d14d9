"""SAM's own command line deploys by infra/samconfig.example.toml, on a terminal without input.

Real are `sam build`, `sam deploy` and their configuration. cargo is a script here, so each function is a stub. AWS is an
emulator, whose CloudFormation refuses alarms over an expression, so those are left out of what was built.

Usage: deploy.py SAM DIRECTORY
"""

import io
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from emulator import CANNOT, client, emulator, without_what_it_cannot
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[3]
FILLED = {
    'region = "eu-central-1" # fill in': 'region = "eu-central-1"',
    '"FhirBaseUrl=https://fhir.example.org/r4", # fill in': '"FhirBaseUrl=https://fhir.example.com/fhir",',
    '"SignInMode=local", # fill in: local, upstream or both': '"SignInMode=both",',
    '"AlarmEmail=operations@example.org", # fill in': '"AlarmEmail=alarms@example.com",',
}
FUNCTIONS = {"discovery", "authorize", "token", "backend-token", "registration"}
# A command that says nothing for so long at a question waits for an answer; none takes longer than the other, in seconds.
ASKING, LONGEST = 2, 120
CARGO = """#!/bin/sh
# Makes the directory of a build instead of compiling.
if [ "$1" = metadata ]; then
    printf '{"target_directory":"%s","packages":[]}' "$SUITE/target"
    exit
fi
while [ "$1" != --bin ]; do shift; done
printf '%s %s\\n' "$2" "$PWD" >>"$SUITE/built"
mkdir -p "$CARGO_TARGET_DIR/lambda/$2"
printf '#!/bin/sh\\n# %s\\nexit 1\\n' "$2" >"$CARGO_TARGET_DIR/lambda/$2/bootstrap"
"""


class Sam:
    """The command line in a copy of what it reads of this repository."""

    def __init__(self, program, directory):
        self.program, self.directory, self.url = os.path.abspath(program), directory, "http://127.0.0.1:9"
        shutil.rmtree(directory, ignore_errors=True)
        for name in FUNCTIONS:
            (directory / "functions" / name).mkdir(parents=True)
            (directory / "functions" / name / "Cargo.toml").touch()
        shutil.copy(ROOT / "template.yaml", directory)
        (directory / "bin").mkdir()
        for name in ("cargo", "cargo-lambda"):
            (directory / "bin" / name).write_text(CARGO)
            (directory / "bin" / name).chmod(0o755)

    def configure(self):
        """Copies the example and fills in its four lines."""
        (self.directory / "infra").mkdir()
        shutil.copy(ROOT / "infra/samconfig.example.toml", self.directory / "infra")
        self.by_guide("cp")
        text = (self.directory / "samconfig.toml").read_text(encoding="utf-8")
        for before, after in FILLED.items():
            if text.count(before) != 1:
                sys.exit(f"the example has no line {before!r}")
            text = text.replace(before, after)
        if "# fill in" in text:
            sys.exit("the example has more than four lines to fill in")
        (self.directory / "samconfig.toml").write_text(text, encoding="utf-8")

    def by_guide(self, program):
        """Runs the one command of infra/README.md that begins with this program."""
        guide = (ROOT / "infra/README.md").read_text(encoding="utf-8").split("## The first deployment")[1].split("\n## ")[0]
        (line,) = [one.strip() for one in guide.splitlines() if one.strip().startswith(f"{program} ")]
        subprocess.run(shlex.split(line), cwd=self.directory, check=True)

    def environment(self):
        no_proxy = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        aws = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "none", "AWS_ENDPOINT_URL": self.url}
        quick = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.3", "SUITE": str(self.directory)}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_") and key != "CARGO_TARGET_DIR"}
        return kept | no_proxy | aws | quick | {"PATH": f"{self.directory}/bin:{kept['PATH']}"}

    def run(self, *arguments):
        """Runs a command on a terminal of its own: what it wrote, and its exit status or None if it waits for an answer."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execve(self.program, [self.program, *arguments], self.environment())
        written, since, started = b"", time.monotonic(), time.monotonic()
        while True:
            ready, _, _ = select.select([terminal], [], [], 0.2)
            if ready:
                try:
                    more = os.read(terminal, 65536)
                except OSError:
                    more = b""
                if not more:
                    break
                written, since = written + more, time.monotonic()
            asks = re.search(rb"(\[y/N\]|\[Y/n\]|: )$", written)
            if (asks and time.monotonic() - since > ASKING) or time.monotonic() - started > LONGEST:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                os.close(terminal)
                return written.decode(), None
        os.close(terminal)
        return written.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def succeed(self, *arguments):
        written, status = self.run(*arguments)
        if status != 0:
            sys.exit(f"{written}\nsam {' '.join(arguments)}: {'waits for an answer' if status is None else status}")
        return written


class Stack:
    """A stack in the emulator."""

    def __init__(self, url, name):
        self.url, self.name = url, name

    def described(self):
        return client(self.url, "cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]

    def parameters(self):
        return {one["ParameterKey"]: one["ParameterValue"] for one in self.described()["Parameters"]}

    def protected(self):
        """Of each table, whether it is protected from deletion."""
        dynamodb, cloudformation = client(self.url, "dynamodb"), client(self.url, "cloudformation")
        resources = cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        tables = [one["PhysicalResourceId"] for one in resources if one["ResourceType"] == "AWS::DynamoDB::Table"]
        return {bool(dynamodb.describe_table(TableName=one)["Table"].get("DeletionProtectionEnabled")) for one in tables}


def expect(what, wanted, got):
    if wanted != got:
        sys.exit(f"{what}: expected {wanted!r}, got {got!r}")


def nothing_built_is_refused(sam):
    """Without a build nothing is deployed, with the configuration and without it."""
    written, status = sam.run("deploy")
    if status in (0, None) or "--stack-name" not in written:
        sys.exit(f"{written}\nwithout samconfig.toml `sam deploy` was not refused: {status}")
    sam.configure()
    written, status = sam.run("deploy")
    if status in (0, None) or "Template file not found" not in written:
        sys.exit(f"{written}\nwithout a build `sam deploy` was not refused: {status}")
    expect("uploads without a build", [], client(sam.url, "s3").list_buckets()["Buckets"])


def build(sam):
    """Each function is built in its own directory, so nothing else can be uploaded by mistake."""
    sam.succeed("build")
    lines = (sam.directory / "built").read_text().split("\n")[:-1]
    wanted = {f"{name} {sam.directory / 'functions' / name}" for name in FUNCTIONS}
    expect("what sam build compiled where", wanted, set(lines))
    built = sam.directory / ".aws-sam/build/template.yaml"
    template = yaml_parse(built.read_text(encoding="utf-8"))
    refused = without_what_it_cannot(template)
    built.write_text(json.dumps(template), encoding="utf-8")
    return refused, built


def first_deployment_fails(sam, stack, built):
    """What the guide says to do then leaves nothing, so that the next first deployment is one."""
    good = built.read_text(encoding="utf-8")
    template = json.loads(good)
    first = next(name for name, one in template["Resources"].items() if one["Type"] == "AWS::CloudWatch::Alarm")
    del template["Resources"][first]["Properties"]["Threshold"]
    built.write_text(json.dumps(template), encoding="utf-8")
    written, status = sam.run("deploy")
    if status in (0, None) or stack.described()["StackStatus"] != "ROLLBACK_COMPLETE":
        sys.exit(f"{written}\nexpected a first deployment that fails: {status}")
    sam.succeed("delete", "--no-prompts")
    expect("tables after a first deployment that failed", [], client(sam.url, "dynamodb").list_tables()["TableNames"])
    stacks = client(sam.url, "cloudformation").describe_stacks()["Stacks"]
    expect("stacks after it was deleted", [], [one["StackName"] for one in stacks if one["StackName"] == stack.name])
    built.write_text(good, encoding="utf-8")


def uploaded(sam):
    """The files in each package that was uploaded."""
    s3 = client(sam.url, "s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    for one in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        if not one["Key"].endswith(".template"):
            content = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            yield zipfile.ZipFile(io.BytesIO(content)).namelist()


def main():
    program, directory = sys.argv[1], Path(sys.argv[2]).absolute()
    sam = Sam(program, directory)
    with emulator(directory / "ministack.log") as sam.url:
        stack = Stack(sam.url, "smart-test")
        nothing_built_is_refused(sam)
        refused, built = build(sam)
        first_deployment_fails(sam, stack, built)

        sam.succeed("deploy")
        expect("the stack", "CREATE_COMPLETE", stack.described()["StackStatus"])
        named = {"Stage": "test", "FhirBaseUrl": "https://fhir.example.com/fhir", "SignInMode": "both",
                 "AlarmEmail": "alarms@example.com", "DeletionProtection": "false"}
        first = stack.parameters()
        expect("the parameters", named, {name: first[name] for name in named})
        expect("the uploads", [["bootstrap"]] * len(FUNCTIONS), list(uploaded(sam)))
        expect("protected tables after the first deployment", {False}, stack.protected())

        # What is not named keeps its value: by a command line that names one parameter alone, then by the file.
        sam.succeed("deploy", "--parameter-overrides", "LogLevel=debug")
        changed = first | {"LogLevel": "debug"}
        expect("the parameters after one was given", changed, stack.parameters())
        sam.by_guide("sed")
        sam.succeed("deploy")
        expect("protected tables after the switch", {True}, stack.protected())
        expect("the other parameters", changed | {"DeletionProtection": "true"}, stack.parameters())

        # The second stage, and the control: with a question it waits, and is seen to.
        written, status = sam.run("deploy", "--config-env", "prod", "--confirm-changeset")
        if status is not None or "Deploy this changeset?" not in written:
            sys.exit(f"{written}\nthe check is blind: it did not see the question, {status}")
        if any(one not in written for one in ("smart-prod", '"Stage": "prod"', '"DeletionProtection": "false"')):
            sys.exit(f"{written}\nthis is not the second stage")
    print(f"built, deployed, changed and upgraded without a question; not in this emulator: {CANNOT}: {', '.join(refused)}")


main()
