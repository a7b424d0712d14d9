"""What is measured of a function that starts, is asked, and ends."""

import io
import os
import statistics
import sys
import zipfile

from runtime_api import Function, event

# A request to each that needs nothing but its start; the first that reads a table finds the connection open.
REQUESTS = {
    "discovery": ("GET", "/.well-known/smart-configuration", "", {}, 200),
    "authorize": ("GET", "/authorize", "", {}, 400),
    "token": (
        "POST",
        "/token",
        "grant_type=authorization_code&code=x&client_id=demo-public&redirect_uri=http://localhost/",
        {"content-type": "application/x-www-form-urlencoded"},
        400,
    ),
    "backend-token": (
        "POST",
        "/backend-token",
        "grant_type=client_credentials&scope=system/*.rs",
        {"content-type": "application/x-www-form-urlencoded"},
        (400, 401),
    ),
    "registration": ("GET", "/clients", "", {}, 401),
}


def program_of(directory, name):
    """As cargo names it, or as cargo-lambda packs it."""
    packed = os.path.join(directory, name, "bootstrap")
    return packed if os.path.exists(packed) else os.path.join(directory, name)


class Figures:
    """What was measured of one function."""

    def __init__(self, name, program):
        self.name, self.program = name, program
        self.ready, self.first, self.warm, self.memory = [], [], [], []

    def run(self, environment, request):
        function = Function(self.program, environment)
        try:
            self.ready.append(function.ready())
            if request:
                *parts, expected = request
                expected = expected if isinstance(expected, tuple) else (expected,)
                for times in [self.first] + 5 * [self.warm]:
                    answer, seconds = function.invoke(event(*parts))
                    if answer["statusCode"] not in expected:
                        sys.exit(f"{self.name}: expected {expected}, got {answer}")
                    times.append(seconds)
            self.memory.append(function.peak_memory())
        finally:
            function.end()

    def size(self):
        return os.path.getsize(self.program) / 2**20

    def zip_size(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(self.program, "bootstrap")
        return len(packed.getvalue()) / 2**20

    def row(self):
        milliseconds = lambda times: f"{1000 * statistics.median(times):.1f}" if times else "-"  # noqa: E731
        cells = [self.name, f"{self.size():.1f}", f"{self.zip_size():.1f}", milliseconds(self.ready)]
        cells += [f"{1000 * min(self.ready):.1f}", milliseconds(self.first), milliseconds(self.warm)]
        return "| " + " | ".join([*cells, f"{max(self.memory):.1f}"]) + " |"
