"""What other release profiles would give: how long all functions take to build from nothing, what they measure, how they start.

Every profile builds in a directory of its own, which is removed afterwards. What building costs is processor time, which
other work on the machine changes little. Which profile is the best stays a judgement; that each builds and starts is checked.

Usage: profiles.py ENVIRONMENT RUNS DIRECTORY [--table FILE]
"""

import argparse
import datetime
import os
import platform
import resource
import shutil
import subprocess
import sys
import time

from figures import REQUESTS, Figures
from runtime_api import read_environment

OURS = "as in Cargo.toml"
# Each as it differs from the profile in Cargo.toml.
PROFILES = {
    OURS: {},
    'opt-level = "z"': {"opt-level": '"z"'},
    "opt-level = 3": {"opt-level": "3"},
    "thin LTO": {"lto": '"thin"'},
    "cargo's default, stripped": {"opt-level": "3", "lto": "false", "codegen-units": "16"},
}


class Build:
    """All functions, built with one profile."""

    def __init__(self, name, directory):
        self.name = name
        settings = [f"--config=profile.release.{key}={value}" for key, value in PROFILES[name].items()]
        packages = [f"--package={function}" for function in REQUESTS]
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        built = subprocess.run(
            ["nice", "cargo", "build", "--quiet", "--release", "--bins", "--target-dir", directory, *settings, *packages],
            check=False,
        )
        if built.returncode:
            sys.exit(f"{name}: cargo build failed")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.seconds = time.monotonic() - began
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.figures = [Figures(function, os.path.join(directory, "release", function)) for function in REQUESTS]

    def run(self, environment, runs):
        """Starts and asks each function so many times, while its programs are there."""
        for _ in range(runs):
            for one in self.figures:
                one.run(environment, REQUESTS[one.name])
        self.sizes = [one.size() for one in self.figures]
        self.zips = [one.zip_size() for one in self.figures]

    def row(self):
        across = lambda values: f"{min(values):.1f} to {max(values):.1f}"  # noqa: E731
        least = lambda times: 1000 * min(times)  # noqa: E731
        cells = [self.name, f"{self.cpu:.0f}", f"{self.seconds:.0f}", across(self.sizes), across(self.zips)]
        cells += [across([least(one.ready) for one in self.figures]), across([max(one.memory) for one in self.figures])]
        return "| " + " | ".join(cells) + " |"


def table(builds, runs):
    day = datetime.date.today().isoformat()
    head = f"{day}, {platform.machine()}, {os.cpu_count()} cores, {runs} starts of each function; the least and the most of the five."
    names = "profile | build, CPU s | build, s | size MiB | zip MiB | ready ms (least) | peak MiB"
    return "\n".join([head, "", f"| {names} |", "|" + " --- |" * 7, *(build.row() for build in builds)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("environment")
    parser.add_argument("runs", type=int)
    parser.add_argument("directory")
    parser.add_argument("--table", metavar="FILE")
    options = parser.parse_args()
    environment = read_environment(options.environment)
    builds = []
    for name in PROFILES:
        shutil.rmtree(options.directory, ignore_errors=True)
        builds.append(Build(name, options.directory))
        builds[-1].run(environment, options.runs)
        print(builds[-1].row(), flush=True)
    shutil.rmtree(options.directory, ignore_errors=True)
    text = table(builds, options.runs)
    if options.table:
        with open(options.table, "w", encoding="utf-8") as file:
            file.write(text + "\n")


main()
