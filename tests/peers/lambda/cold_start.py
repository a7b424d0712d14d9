"""How the functions start: each binary as Lambda runs it, fed with the gateway's events by a runtime API of our own.

Measured are the time from the start of the process to its first question for an event, the first answer, a warm answer, and
the peak of memory. With --gates they are release builds, and too large or too slow a one fails; without, the figures are of
whatever build it is, and only that each starts and answers counts.

Usage: cold_start.py DIRECTORY ENVIRONMENT RUNS [--gates BARE] [--table FILE]
"""

import argparse
import datetime
import os
import platform
import statistics
import sys

from figures import REQUESTS, Figures, program_of
from runtime_api import read_environment

LARGEST = {"discovery": 10}
LARGEST_OTHERS, LARGEST_ZIP = 15, 6
SLOWEST = 1.3


def faults(figures, bare):
    """What is beyond the gates. The fastest start is compared, which other work on the machine disturbs least."""
    for one in figures:
        largest = LARGEST.get(one.name, LARGEST_OTHERS)
        if one.size() > largest:
            yield f"{one.name} has {one.size():.1f} MiB, more than {largest}"
        if one.zip_size() > LARGEST_ZIP:
            yield f"{one.name} has {one.zip_size():.1f} MiB zipped, more than {LARGEST_ZIP}"
        ratio = min(one.ready) / min(bare.ready)
        if ratio > SLOWEST:
            yield f"{one.name} takes {ratio:.2f} times as long to start as the bare one, more than {SLOWEST}"


def table(figures, runs, bare):
    day = datetime.date.today().isoformat()
    head = f"{day}, {platform.machine()}, {os.cpu_count()} cores, {runs} starts each, AWS played on loopback without TLS."
    names = "function | size MiB | zip MiB | ready ms (median) | ready ms (least) | first answer ms | warm ms | peak MiB"
    rows = [one.row() for one in figures]
    if bare:
        names += " | times bare (median) | times bare (least)"
        rows = [f"{row} {times(one, bare, statistics.median)} | {times(one, bare, min)} |" for row, one in zip(rows, figures)]
    columns = names.count("|") + 1
    return "\n".join([head, "", f"| {names} |", "|" + " --- |" * columns, *rows])


def times(one, bare, of):
    """How many times as long as the bare one it takes to be ready."""
    return f"{of(one.ready) / of(bare.ready):.2f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("environment")
    parser.add_argument("runs", type=int)
    parser.add_argument("--gates", metavar="BARE")
    parser.add_argument("--table", metavar="FILE")
    options = parser.parse_args()
    environment = read_environment(options.environment)
    figures = [Figures(name, program_of(options.directory, name)) for name in REQUESTS]
    bare = Figures("bare", options.gates) if options.gates else None
    # In turn, so that what else the machine does meets all of them alike.
    for _ in range(options.runs):
        for one in [*figures, *([bare] if bare else [])]:
            one.run(environment, REQUESTS.get(one.name))
    text = table([*figures, *([bare] if bare else [])], options.runs, bare)
    print(text)
    if options.table:
        with open(options.table, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    if found := list(faults(figures, bare)) if bare else []:
        sys.exit("\n".join(found))


main()
