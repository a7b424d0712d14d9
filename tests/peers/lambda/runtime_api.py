"""The side of Lambda that a function sees: the runtime API on loopback, for one process at a time.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import json
import queue
import shlex
import subprocess
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONGEST = 60  # seconds that anything may take


def event(method, path, body, headers):
    """What API Gateway sends, payload version 2.0."""
    return {
        "version": "2.0",
        "routeKey": f"ANY {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "auth.example.org", **headers},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "auth.example.org",
            "domainPrefix": "auth",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test"},
            "requestId": "request-1",
            "routeKey": f"ANY {path}",
            "stage": "$default",
            "time": "26/Nov/2026:00:00:00 +0000",
            "timeEpoch": 1795651200000,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def read_environment(file):
    with open(file, encoding="utf-8") as lines:
        parts = (shlex.split(line, comments=True) for line in lines)
        return dict(part[0].split("=", 1) for part in parts if part)


class Server(ThreadingHTTPServer):
    """Says nothing of processes that were ended while it waited for them."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class RuntimeApi:
    """Hands events to whoever asks for the next one, and takes the answers."""

    def __init__(self):
        self.events, self.answers, self.asked = queue.Queue(), queue.Queue(), queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):  # noqa: N802 (the name is the base class's)
                api.asked.put(time.monotonic())
                event = api.events.get()
                if event is None:
                    return self.answer(410, b"")
                self.answer(200, json.dumps(event).encode())

            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = self.chunks()
                api.answers.put((time.monotonic(), self.path, body))
                self.answer(202, b"")

            def chunks(self):
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 10_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:f")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


class Function:
    """One process of a function, from its start to its end."""

    def __init__(self, program, environment):
        self.api = RuntimeApi()
        lambda_environment = {
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_STREAM_NAME": "s",
            "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        }
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [program], env={**environment, **lambda_environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.said = []
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def ready(self):
        """Seconds from the start of the process to its first question for an event."""
        return self.wait(self.api.asked) - self.began

    def wait(self, of):
        try:
            return of.get(timeout=LONGEST)
        except queue.Empty:
            raise RuntimeError(f"no answer within {LONGEST} s; it said: {b''.join(self.said).decode()[-2000:]}") from None

    def invoke(self, event):
        """The answer to an event, and how many seconds it took."""
        began = time.monotonic()
        self.api.events.put(event)
        ended, path, body = self.wait(self.api.answers)
        if not path.endswith("/response"):
            raise RuntimeError(f"the function failed: {path} {body[:500]!r}")
        return json.loads(body), ended - began

    def peak_memory(self):
        """The most memory that it held, in MiB."""
        return self.memory("VmHWM")

    def memory(self, kind="VmRSS"):
        """The memory that it holds now, in MiB, or another line of its status."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith(kind))
        return int(line.split()[1]) / 1024

    def end(self):
        self.process.kill()
        self.process.wait()
        self.api.close()
