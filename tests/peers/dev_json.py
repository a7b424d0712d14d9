"""`.local/dev.json` keeps its contract with the scripts that read it: members, meaning, and who may read the file.

Usage: dev_json.py DEV_JSON
"""

import itertools
import os
import stat
import sys
import time

import jwt

from peers import Http, Stack, expect, expect_that

APP_SCOPES = set(
    "launch launch/patient launch/encounter openid fhirUser offline_access online_access"
    " patient/*.cruds user/*.cruds".split()
)
ENDPOINTS = {"smart_configuration", "authorization", "token", "backend_token", "jwks", "clients", "launch"}
LATER_ENDPOINTS = {"introspection", "revocation", "registration", "users", "account"}
CLIENT_TYPES = {"public", "confidential-symmetric", "confidential-asymmetric", "backend"}


def expect_members(what, wanted, got):
    """All of these members are there, and none is empty."""
    missing = [member for member in sorted(wanted) if not got.get(member)]
    expect(f"members missing or empty in {what}", [], missing)


def only_the_owner_may_read_the_file(path):
    """It holds passwords and private keys, if only made-up ones."""
    expect("mode of the file", "0o600", oct(stat.S_IMODE(os.stat(path).st_mode)))


def endpoints_are_real(stack):
    """Each is an address of the service, and something answers there."""
    endpoints = stack.facts["endpoints"]
    expect_members("endpoints", ENDPOINTS, endpoints)
    expect("endpoints that the contract does not name", set(), set(endpoints) - ENDPOINTS - LATER_ENDPOINTS)
    for name, url in endpoints.items():
        ours = url.startswith(f"{stack.issuer}/") or url.startswith(f"{stack.fhir}/")
        expect_that(f"endpoint {name} is an address of the service", ours, url)
        expect_that(f"endpoint {name} answers", Http().options(url).status_code < 500, url)
        expect_that(f"endpoint {name} exists", Http().options(url).status_code != 404, url)


def a_private_key_is_whole(what, jwk):
    """P-384, or RSA with its primes; `kid` always."""
    wanted = {"RSA": {"kid", "n", "e", "d", "p", "q"}, "EC": {"kid", "crv", "x", "y", "d"}}[jwk["kty"]]
    expect_members(f"the private key of {what}", wanted, jwk)
    expect(f"curve of {what}", "P-384", jwk.get("crv", "P-384"))


def clients_are_the_plain_ones(stack):
    """The first client of each type has the scopes that scripts count on."""
    clients = stack.facts["clients"]
    for client in clients:
        expect_members(f"client {client.get('client_id')}", {"client_id", "type", "scope"}, client)
        expect_that("the type of a client is known", client["type"] in CLIENT_TYPES, client["type"])
        kind = client["type"]
        expect(f"{kind} has redirect_uris", kind != "backend", bool(client.get("redirect_uris")))
        expect(f"{kind} has a client_secret", kind == "confidential-symmetric", "client_secret" in client)
        expect(f"{kind} has a private_jwk", kind in ("confidential-asymmetric", "backend"), "private_jwk" in client)
        if "private_jwk" in client:
            a_private_key_is_whole(client["client_id"], client["private_jwk"])
    for kind in ("public", "confidential-symmetric"):
        expect(f"scopes of the first {kind} client", APP_SCOPES, set(stack.client(kind)["scope"].split()))
    expect_that("the backend client may have system/*.rs", "system/*.rs" in stack.client("backend")["scope"].split())
    ids = [client["client_id"] for client in clients]
    expect_that("no two clients share an id", len(ids) == len(set(ids)), ids)
    expect_that("the admin client is not among the clients", stack.facts["admin"]["client_id"] not in ids, ids)


def the_admin_token_is_fresh(stack):
    """Five minutes long and replaced after four: a script that reads it has a minute at least."""
    admin = stack.facts["admin"]
    expect_members("admin", {"client_id", "private_jwk", "access_token"}, admin)
    a_private_key_is_whole("admin", admin["private_jwk"])
    claims = jwt.decode(admin["access_token"], options={"verify_signature": False})
    wanted = {"__registration", "__launch", "__introspect"}
    expect("scopes that the admin token lacks", set(), wanted - set(claims["scope"].split()))
    expect("seconds that the admin token lives", 300, claims["exp"] - claims["iat"])
    expect_that("the admin token lives for another 55 s", claims["exp"] - time.time() > 55, claims)
    bearer = {"Authorization": f"Bearer {admin['access_token']}"}
    answer = Http().get(stack.facts["endpoints"]["clients"], headers=bearer)
    expect("status of GET /clients with the admin token", 200, answer.status_code)


def users_and_patients_are_there(stack):
    """A user of each role; patients by bare ids, none part of another, so that a search for one finds one."""
    for user in stack.facts["users"]:
        expect_members(f"user {user.get('name')}", {"name", "password", "role", "fhirUser"}, user)
    for role, kind in {"patient": "Patient", "clinician": "Practitioner"}.items():
        expect(f"fhirUser of the first {role}", kind, stack.user(role)["fhirUser"].split("/")[-2])
    patients = stack.facts["patients"]
    expect_that("there are at least two patients", len(patients) >= 2, patients)
    for one, other in itertools.permutations(patients, 2):
        expect_that(f"{one} is no part of {other}", one not in other)


def main():
    only_the_owner_may_read_the_file(sys.argv[1])
    stack = Stack(sys.argv[1])
    names = {"authorization": "authorization_endpoint", "token": "token_endpoint", "jwks": "jwks_uri"}
    for name, member in names.items():
        expect(f"endpoint {name}", stack.discovery[member], stack.facts["endpoints"][name])
    endpoints_are_real(stack)
    clients_are_the_plain_ones(stack)
    the_admin_token_is_fresh(stack)
    users_and_patients_are_there(stack)
    expect("status of the sample app", 200, Http().get(stack.facts["sample_app"]).status_code)


main()
