"""How much memory a function holds after many requests: the backend-token function, as Lambda runs it, with the real SDK.

Usage: memory.py PROGRAM ENVIRONMENT DEV_JSON REQUESTS
"""

import json
import os
import sys
import time
import urllib.parse

import jwt
from runtime_api import Function, event, read_environment

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from peers import JWT_BEARER  # noqa: E402

LARGEST, MOST_GROWTH = 40, 1  # MiB


class Client:
    """The backend service that was seeded."""

    def __init__(self, dev_json):
        with open(dev_json, encoding="utf-8") as file:
            facts = json.load(file)
        self.facts = next(client for client in facts["clients"] if client["type"] == "backend")
        self.audience = facts["endpoints"]["token"]
        self.key = jwt.PyJWK(self.facts["private_jwk"], algorithm="ES384").key
        self.sent = 0

    def request(self, now):
        self.sent += 1
        name = self.facts["client_id"]
        claims = {"iss": name, "sub": name, "aud": self.audience, "exp": now + 250, "jti": f"memory-{now}-{self.sent}"}
        header = {"kid": self.facts["private_jwk"]["kid"]}
        form = {
            "grant_type": "client_credentials",
            "scope": self.facts["scope"],
            "client_assertion_type": JWT_BEARER,
            "client_assertion": jwt.encode(claims, self.key, algorithm="ES384", headers=header),
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return event("POST", "/backend-token", urllib.parse.urlencode(form), headers)


def main():
    program, environment, dev_json, requests = sys.argv[1:]
    requests = int(requests)
    client, function = Client(dev_json), Function(program, read_environment(environment))
    held = {}
    try:
        function.ready()
        for number in range(1, requests + 1):
            answer, _ = function.invoke(client.request(int(time.time())))
            if answer["statusCode"] != 200:
                sys.exit(f"expected 200, got {answer}")
            if number in (requests // 10, requests):
                held[number] = function.memory()
    finally:
        function.end()
    (early, before), (late, after) = held.items()
    print(f"{after:.1f} MiB after {late} requests, {before:.1f} MiB after {early}")
    if after > LARGEST or after - before > MOST_GROWTH:
        sys.exit(f"expected at most {LARGEST} MiB, and at most {MOST_GROWTH} MiB more than after {early} requests")


main()
