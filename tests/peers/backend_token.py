"""A backend service gets a token with PyJWT, reads patients with it, and cannot use an assertion twice.

Usage: backend_token.py DEV_JSON
"""

import sys

from peers import Http, Stack, ask, expect, expect_lifetime, expect_not_cached, expect_refusal, expect_that


def granted(stack, answer, scope):
    """The access token of a good answer."""
    expect(f"status of the token answer {answer.text}", 200, answer.status_code)
    expect_not_cached("the token answer", answer)
    body = answer.json()
    expect("token_type", "bearer", body["token_type"].lower())
    expect("scope as asked", scope, body["scope"])
    expect_lifetime(body["expires_in"], 300)
    expect("members that only an app with a user gets", set(), {"refresh_token", "id_token", "patient"} & set(body))
    return body["access_token"]


def the_token_verifies(stack, client, token, scope):
    """Signature and claims, judged by another library than the one that made them."""
    claims = stack.verify_access_token(token)
    expect("client_id in the token", client["client_id"], claims["client_id"])
    expect("scope in the token", scope, claims["scope"])
    expect_that("the token lives for at most 300 s", 0 < claims["exp"] - claims["iat"] <= 300, claims)


def the_fhir_api_wants_it(stack, token):
    """`GET Patient`: 200 with the token, 401 without."""
    url = f"{stack.fhir}/Patient"
    with_token = Http().get(url, headers={"Authorization": f"Bearer {token}"})
    expect("status of GET Patient with the token", 200, with_token.status_code)
    found = {entry["resource"]["id"] for entry in with_token.json()["entry"]}
    missing = set(stack.facts["patients"]) - found
    expect("patients that the search left out", set(), missing)
    expect("status of GET Patient without a token", 401, Http().get(url).status_code)


def an_assertion_is_spent_at_both_doors(stack, assertion, scope):
    """A second use: 401 `invalid_client`, wherever it is tried."""
    for door in ("token", "backend_token"):
        answer = ask(stack.facts["endpoints"][door], assertion, scope)
        expect_refusal(f"a replay at {door}", answer, 401, "invalid_client")


def main():
    stack = Stack(sys.argv[1])
    client = stack.client("backend")
    token_endpoint = stack.discovery["token_endpoint"]
    expect("token endpoint in dev.json", token_endpoint, stack.facts["endpoints"]["token"])

    # Every door, with every audience that it may be given.
    for door in (token_endpoint, stack.facts["endpoints"]["backend_token"]):
        for audience in (token_endpoint, stack.facts["endpoints"]["backend_token"], stack.issuer):
            assertion = stack.assertion(client, audience)
            token = granted(stack, ask(door, assertion, client["scope"]), client["scope"])
            the_token_verifies(stack, client, token, client["scope"])
            an_assertion_is_spent_at_both_doors(stack, assertion, client["scope"])
    the_fhir_api_wants_it(stack, token)


main()
