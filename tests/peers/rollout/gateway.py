"""One API in front of two versions of the five functions, as Lambda runs them during a rollout.

Each function of each version is a process of its own, with the environment and the routes of its own version. The
header `Rollout-Version` of a request says which version answers, `old` or `new`. Without it they take turns.

Usage: gateway.py PORT OLD_SOURCE OLD_PROGRAMS NEW_SOURCE NEW_PROGRAMS
"""

import base64
import itertools
import signal
import sys
import threading
import time
import tomllib
import uuid
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from runtime_api import Function, Server, read_environment

VERSION = "Rollout-Version"
HOST = "127.0.0.1"


class Program:
    """A running function, which answers one request at a time and copies its log to ours."""

    def __init__(self, version, name, program, environment):
        self.title, self.lock, self.shown = f"{version} {name}", threading.Lock(), 0
        self.function = Function(str(program), environment)

    def invoke(self, event):
        with self.lock:
            try:
                return self.function.invoke(event)[0]
            finally:
                self.show()

    def ready(self):
        try:
            self.function.ready()
        finally:
            self.show()

    def show(self):
        lines = self.function.said[self.shown :]
        self.shown += len(lines)
        for line in lines:
            print(f"{self.title}: {line.decode(errors='replace').rstrip()}", flush=True)


class Version:
    """The functions of one version, and its routes: those of `cargo lambda watch`, which agree with the template."""

    def __init__(self, name, source, programs):
        environment = read_environment(source / "infra/local/stand-ins.env")
        manifest = tomllib.loads((source / "Cargo.toml").read_text(encoding="utf-8"))
        self.name = name
        self.routes = manifest["workspace"]["metadata"]["lambda"]["watch"]["router"]
        names = sorted(set(self.routes.values()))
        self.programs = {one: Program(name, one, programs / one, environment) for one in names}
        for program in self.programs.values():
            program.ready()

    def end(self):
        for program in self.programs.values():
            program.function.process.kill()

    def find(self, path):
        """The route of a path, what its `{name}` segments are, and its program. Fewest `{name}` segments win."""
        found = [(route, segments(route, path)) for route in self.routes]
        found = [(route, named) for route, named in found if named is not None]
        if not found:
            return None
        route, named = min(found, key=lambda one: len(one[1]))
        return route, named, self.programs[self.routes[route]]


def segments(route, path):
    wanted, given = route.split("/"), path.split("/")
    pairs = list(zip(wanted, given))
    is_name = lambda part: part.startswith("{")  # noqa: E731
    fits = len(wanted) == len(given) and all(value if is_name(name) else name == value for name, value in pairs)
    return {name[1:-1]: value for name, value in pairs if is_name(name)} if fits else None


def event_of(request, route, named, body):
    """A request as API Gateway sends it.

    Source: API Gateway Developer Guide, payload format version 2.0.
    """
    path, _, query = request.path.partition("?")
    path, method = unquote(path), request.command
    left_out = {"cookie", "transfer-encoding", VERSION.lower()}
    headers = {name.lower(): ",".join(request.headers.get_all(name)) for name in request.headers}
    cookies = [one.strip() for line in request.headers.get_all("Cookie", []) for one in line.split(";")]
    domain = headers.get("host", "")
    event = {
        "version": "2.0",
        "routeKey": f"ANY {route}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name: value for name, value in headers.items() if name not in left_out},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "rollout",
            "domainName": domain,
            "domainPrefix": domain.split(".")[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": request.request_version,
                "sourceIp": HOST,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": f"ANY {route}",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": bool(body),
    }
    optional = {
        "body": base64.b64encode(body).decode(),
        "cookies": cookies,
        "queryStringParameters": joined(parse_qsl(query, keep_blank_values=True)),
        "pathParameters": named,
    }
    return event | {name: value for name, value in optional.items() if value}


def joined(pairs):
    """One value per name: those of a repeated name are joined by commas."""
    values = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(each) for name, each in values.items()}


def handler_for(versions):
    turns, turn = itertools.cycle(versions.values()), threading.Lock()

    def next_version():
        with turn:
            return next(turns)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
            chosen = self.headers.get(VERSION)
            version = versions[chosen] if chosen else next_version()
            found = version.find(unquote(self.path.partition("?")[0]))
            if not found:
                return self.send(404, [], b'{"message":"Not Found"}')
            route, named, program = found
            try:
                answer = program.invoke(event_of(self, route, named, body))
            except RuntimeError as error:
                print(f"{program.title}: {error}", flush=True)
                return self.send(500, [], b'{"message":"Internal Server Error"}')
            text = answer.get("body") or ""
            body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
            headers = [*answer.get("headers", {}).items(), *(("Set-Cookie", one) for one in answer.get("cookies", []))]
            self.send(answer["statusCode"], headers, body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

        def send(self, status, headers, body):
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding"):
                    self.send_header(name, value)
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD" and status not in (204, 304):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def main():
    # In the background of a script this signal is ignored, unless it is asked for.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    port, *places = sys.argv[1:]
    places = [Path(place).absolute() for place in places]
    versions = {
        "old": Version("old", places[0], places[1]),
        "new": Version("new", places[2], places[3]),
    }
    try:
        Server((HOST, int(port)), handler_for(versions)).serve_forever()
    except KeyboardInterrupt:
        for version in versions.values():
            version.end()


main()
