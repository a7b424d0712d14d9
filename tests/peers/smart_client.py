"""An independent SMART client, cumulus-fhir-support, gets a token by itself: discovery, assertion, form. By a P-384 key
in a JWK set, by an RSA key in a JWK set and, where it can name the key, nothing else.

Usage: smart_client.py DEV_JSON
"""

import asyncio
import os
import sys

# Loopback never goes by way of a proxy.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

from cumulus_fhir_support import FhirClient, errors  # noqa: E402
from jwcrypto import jwk  # noqa: E402

from peers import Http, Stack, expect, expect_that  # noqa: E402

RESOURCES = ["Patient", "Observation"]


def private_set(key, algorithm):
    """A private JWK set in the form that this client takes: with `key_ops`, `kid` and `alg`."""
    return {"keys": [{**key, "alg": algorithm, "key_ops": ["sign"]}]}


async def read_patients(stack, client_id, keys):
    """The status of `GET Patient` with the token that the client got by itself."""
    async with FhirClient(stack.fhir, RESOURCES, smart_client_id=client_id, smart_jwks=keys) as client:
        answer = await client.request("GET", "Patient")
        return answer.status_code, {entry["resource"]["id"] for entry in answer.json()["entry"]}


def registered_by_rsa(stack):
    """A client with an RSA key, registered by the admin API; its id and its private JWK set."""
    key = jwk.JWK.generate(kty="RSA", size=2048, kid="peer-rsa")
    metadata = {
        "client_name": "A peer by RSA",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "system/*.rs",
        "jwks": {"keys": [key.export_public(as_dict=True)]},
    }
    bearer = {"Authorization": f"Bearer {stack.facts['admin']['access_token']}"}
    answer = Http().post(stack.facts["endpoints"]["clients"], json=metadata, headers=bearer)
    expect(f"status of the registration {answer.text}", 201, answer.status_code)
    return answer.json()["client_id"], private_set(key.export_private(as_dict=True), "RS384")


async def a_key_that_is_not_registered_gets_nothing(stack, client_id):
    """The client says that it could not authenticate."""
    stranger = jwk.JWK.generate(kty="EC", crv="P-384", kid="stranger").export_private(as_dict=True)
    try:
        await read_patients(stack, client_id, private_set(stranger, "ES384"))
    except errors.RequestError as error:
        expect_that("the refusal reaches the client", "authenticate" in str(error), str(error))
    else:
        sys.exit("a stranger's key was accepted")


async def main():
    stack = Stack(sys.argv[1])
    backend = stack.client("backend")
    by_ec = backend["client_id"], private_set(backend["private_jwk"], "ES384")
    for client_id, keys in (by_ec, registered_by_rsa(stack)):
        status, found = await read_patients(stack, client_id, keys)
        expect("status of GET Patient", 200, status)
        expect("patients that the search left out", set(), set(stack.facts["patients"]) - found)
    await a_key_that_is_not_registered_gets_nothing(stack, backend["client_id"])


asyncio.run(main())
