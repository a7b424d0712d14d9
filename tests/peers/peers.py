"""What the Python suites share: the facts of `.local/dev.json`, HTTP without a proxy, tokens judged by PyJWT."""

import json
import sys
import time
import uuid

import jwt
import requests

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def expect(what, wanted, got):
    """Ends the suite with a sentence if `got` is not what was wanted."""
    if got != wanted:
        sys.exit(f"{what}: expected {wanted!r}, got {got!r}")


def expect_that(what, holds, seen=""):
    """Ends the suite with a sentence if a fact does not hold; `seen` is what was found instead."""
    if not holds:
        sys.exit(f"expected that {what}; seen: {seen!r}")


class Http(requests.Session):
    """Loopback HTTP: never by way of a proxy, never following a redirect, never waiting for ever."""

    def __init__(self):
        super().__init__()
        self.trust_env = False

    def request(self, method, url, **settings):
        return super().request(method, url, **{**settings, "timeout": 120, "allow_redirects": False})


class Stack:
    """The running stack, as the file that `cargo dev` wrote describes it."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.facts = json.load(file)
        self.issuer = self.facts["issuer"]
        self.fhir = self.facts["fhir_base_url"]
        self.discovery = self.document(f"{self.fhir}/.well-known/smart-configuration")

    def document(self, url):
        """A JSON document that anybody may read."""
        answer = Http().get(url)
        expect(f"status of {url}", 200, answer.status_code)
        return answer.json()

    def client(self, kind):
        """The first client of this type: by contract the plain one."""
        return next(client for client in self.facts["clients"] if client["type"] == kind)

    def user(self, role):
        """The first user of this role: by contract the plain one."""
        return next(user for user in self.facts["users"] if user["role"] == role)

    def verify(self, token, audience, algorithms, required):
        """The claims of a token of this issuer, its signature verified by PyJWT against the served JWKS."""
        served = jwt.PyJWKSet.from_dict(self.document(self.discovery["jwks_uri"]))
        key = served[jwt.get_unverified_header(token)["kid"]]
        return jwt.decode(
            token, key, algorithms=algorithms, audience=audience, issuer=self.issuer, options={"require": required}
        )

    def verify_access_token(self, token):
        """The claims of an access token.

        Source: RFC 9068 §2.1, §2.2.
        """
        expect("typ of the access token", "at+jwt", jwt.get_unverified_header(token)["typ"])
        required = ["iss", "aud", "exp", "iat", "sub", "client_id", "jti", "scope"]
        return self.verify(token, self.fhir, ["RS256", "ES256", "ES384"], required)

    def assertion(self, client, audience):
        """A fresh client assertion, signed by PyJWT.

        Source: SMART App Launch 2.2, client-confidential-asymmetric#authentication-jwt.
        """
        algorithm = {"EC": "ES384", "RSA": "RS384"}[client["private_jwk"]["kty"]]
        key = jwt.PyJWK(client["private_jwk"], algorithm=algorithm)
        claims = {
            "iss": client["client_id"],
            "sub": client["client_id"],
            "aud": audience,
            "exp": int(time.time()) + 300,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, key.key, algorithm=algorithm, headers={"kid": client["private_jwk"]["kid"]})


def ask(door, assertion, scope):
    """`POST`s a client_credentials request to one of the two doors."""
    form = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
    }
    return Http().post(door, data=form)


def expect_refusal(what, answer, status, error):
    """An OAuth error answer: its status, its code, and that nothing may cache it."""
    expect(f"status of {what}", status, answer.status_code)
    expect(f"error of {what}", error, answer.json()["error"])
    expect_not_cached(what, answer)


def expect_not_cached(what, answer):
    """Source: RFC 6749 §5.1."""
    expect(f"Cache-Control of {what}", "no-store", answer.headers.get("Cache-Control"))
    expect(f"Pragma of {what}", "no-cache", answer.headers.get("Pragma"))


def expect_lifetime(expires_in, longest):
    """A JSON number of seconds, not a string, above nothing and up to `longest`."""
    good = type(expires_in) is int and 0 < expires_in <= longest
    expect_that(f"expires_in is a number up to {longest}", good, expires_in)
