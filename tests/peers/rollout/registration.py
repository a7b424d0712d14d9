"""Steps of those who register: the API, a program that registers itself, and the pages of an account."""

import json
import re
import secrets
import uuid

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from peers import expect, expect_that
from sides import REDIRECT_URI, App, Http, agree, expect_error, good, has_form

APP_SCOPE = "launch/patient launch/encounter openid fhirUser offline_access online_access patient/*.rs"
PASSWORD = "twelve words of a test"


def an_app(name, **more):
    return {"client_name": name, "redirect_uris": [REDIRECT_URI], "scope": APP_SCOPE, **more}


def key_pair(kid):
    """A private key and its public JWK."""
    private = ec.generate_private_key(ec.SECP384R1())
    private_jwk = {**ECAlgorithm.to_jwk(private, as_dict=True), "kid": kid, "alg": "ES384", "use": "sig"}
    return private_jwk, {name: value for name, value in private_jwk.items() if name != "d"}


def a_backend(name, **more):
    private_jwk, public_jwk = key_pair(secrets.token_hex(8))
    metadata = {
        "client_name": name,
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public_jwk]},
        "scope": "system/Patient.rs",
        **more,
    }
    return private_jwk, metadata


def new_app(stack, version, **more):
    """A confidential client, registered at this version for one step, so that no function knows it yet."""
    name = f"App of {version} {secrets.token_hex(4)}"
    made = good(f"the registration by {version}", stack.api.send(version, "POST", "/clients", an_app(name, **more)))
    return App(stack, made["client_id"], REDIRECT_URI, made["client_secret"])


def read_by_both(stack, first, second, path):
    """What both say of a resource, which must agree. Returns its ETag."""
    one, other = stack.api.read(first, path), stack.api.read(second, path)
    expect(f"ETag of {path}: {first} says the first, {second} the second", one.headers["ETag"], other.headers["ETag"])
    agree(f"{path} as both show it", {first: one.json(), second: other.json()})
    return one.headers["ETag"]


def is_listed(stack, versions, path, member, value):
    for version in versions:
        items = stack.api.read(version, path).json()["items"]
        expect_that(f"{version} lists {value} at {path}", any(item[member] == value for item in items))


def a_client_is_changed_by_both(stack, first, second):
    """a client that {first} registered is changed by {second} and back, each with the version that it read"""
    api = stack.api
    made = good("the registration", api.send(first, "POST", "/clients", an_app(f"Made by {first}")))
    path = f"/clients/{made['client_id']}"
    tag = read_by_both(stack, first, second, path)
    changed = api.send(second, "PATCH", path, {"client_name": "Renamed"}, if_match=tag)
    expect(f"status of the change by {second} ({changed.text[:200]})", 200, changed.status_code)
    late = api.send(first, "PATCH", path, {"client_name": "Too late"}, if_match=tag)
    expect(f"status of a change by {first} of what {second} has changed", 412, late.status_code)
    uri = {"policy_uri": "https://app.example.org/privacy"}
    back = api.send(first, "PATCH", path, uri, if_match=changed.headers["ETag"])
    expect(f"status of the change back by {first} ({back.text[:200]})", 200, back.status_code)
    tag = read_by_both(stack, first, second, path)
    shown = api.read(second, path).json()
    expect("both changes", ("Renamed", uri["policy_uri"]), (shown["client_name"], shown["policy_uri"]))
    is_listed(stack, (first, second), "/clients?q=Renamed", "client_id", made["client_id"])
    whole = api.send(second, "PUT", path, an_app("Replaced"), if_match=tag)
    expect(f"status of the replacement by {second} ({whole.text[:200]})", 200, whole.status_code)
    read_by_both(stack, first, second, path)
    expect("status of the deletion", 204, api.send(first, "DELETE", path, if_match=whole.headers["ETag"]).status_code)
    expect(f"status of a deleted client at {second}", 404, api.send(second, "GET", path).status_code)


def a_secret_works_at_both(stack, first, second):
    """the secret that {first} made and the one that {second} added both work at both token endpoints"""
    app = new_app(stack, first)
    path = f"/clients/{app.id}/secrets"
    added = good(f"the secret by {second}", stack.api.send(second, "POST", path))["client_secret"]
    for secret in (app.secret, added):
        one = App(stack, app.id, app.redirect_uri, secret)
        for version in (first, second):
            answer = one.exchange(version, "code_1_A")
            expect_error(f"{version} knows the secret and not the code", 400, "invalid_grant", answer)
    for version in (first, second):
        listed = [one["last_four"] for one in stack.api.read(version, path).json()["items"]]
        expect(f"secrets that {version} lists", [app.secret[-4:], added[-4:]], listed)


def a_disabled_client_is_refused(stack, first, second):
    """a client that {first} disabled gets no token from {second}, and one again once {second} has enabled it"""
    key, metadata = a_backend(f"Service of {first}")
    made = good("the registration", stack.api.send(first, "POST", "/clients", metadata))
    path, client = f"/clients/{made['client_id']}", {"client_id": made["client_id"], "private_jwk": key}
    expect("status of disabling it", 200, stack.api.send(first, "POST", f"{path}/disable").status_code)
    refused = stack.ask(second, "/backend-token", stack.assertion(client, f"{stack.issuer}/backend-token"))
    expect(f"error of {second} for a disabled client", "invalid_client", refused.json().get("error"))
    expect("status of enabling it", 200, stack.api.send(second, "POST", f"{path}/enable").status_code)
    read_by_both(stack, first, second, path)
    # At another endpoint, whose function remembers nothing of this client yet.
    stack.backend_token(first, client, path="/token")


def a_repeated_registration_is_one(stack, first, second):
    """a registration that {first} answered is answered the same by {second} when it comes again"""
    key, body = str(uuid.uuid4()), an_app("Registered once")
    one, other = (
        good(f"the registration by {version}", stack.api.send(version, "POST", "/clients", body, idempotency_key=key))
        for version in (first, second)
    )
    expect("the client and its secret, the second time", one, other)


def a_problem_is_shown(stack, first, second):
    """a request that the token endpoint of {first} refused is among the problems that {second} shows"""
    key, metadata = a_backend(f"Refused by {first}")
    made = good("the registration", stack.api.send(first, "POST", "/clients", metadata))
    client = {"client_id": made["client_id"], "private_jwk": key}
    assertion = stack.assertion(client, f"{stack.issuer}/token")
    good("the first use", stack.ask(first, "/token", assertion))
    expect_error("the second use", 401, "invalid_client", stack.ask(first, "/token", assertion))
    path = f"/clients/{client['client_id']}/events"
    shown = {version: stack.api.read(version, path).json() for version in (first, second)}
    expect(f"problems that {second} shows", 1, len(shown[second]["items"]))
    agree("the problems as both show them", shown)


def registered(stack, version, metadata, token=None):
    headers = {"Content-Type": "application/json", **bearer(token)}
    answer = Http(version).post(f"{stack.issuer}/register", data=json.dumps(metadata), headers=headers)
    return good(f"the registration by {version}", answer)


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


def a_program_manages_its_registration(stack, first, second):
    """a program that registered itself at {first} replaces its registration at {second} and ends it at {first}"""
    made = registered(stack, first, an_app("Registered itself", token_endpoint_auth_method="none"))
    uri, token = made["registration_client_uri"], made["registration_access_token"]

    def manage(version, method, body=None):
        headers = {**bearer(token), "Content-Type": "application/json"}
        return Http(version).request(method, uri, data=body and json.dumps(body), headers=headers)

    shown = {version: good(f"the reading by {version}", manage(version, "GET")) for version in (first, second)}
    agree("the registration as both show it", shown)
    whole = an_app("Replaced itself", token_endpoint_auth_method="none", client_id=made["client_id"])
    replaced = good(f"the replacement by {second}", manage(second, "PUT", whole))
    token = replaced["registration_access_token"]
    expect(f"the name at {first}", "Replaced itself", good("the reading", manage(first, "GET"))["client_name"])
    expect(f"status of the end by {first}", 204, manage(first, "DELETE").status_code)
    expect(f"status at {second} after the end", 401, manage(second, "GET").status_code)


def an_initial_access_token_works_at_both(stack, first, second):
    """an initial access token that {first} made lets programs register at both until {second} ends it"""
    wanted = {"description": f"For a vendor of {first}", "scope": APP_SCOPE, "uses": 5}
    made = good("the token", stack.api.send(first, "POST", "/register-tokens", wanted))
    for version in (second, first):
        registered(stack, version, an_app("Registered by a token", token_endpoint_auth_method="none"), made["token"])
    lists = {version: stack.api.read(version, "/register-tokens").json()["items"] for version in (first, second)}
    left = [one["uses_left"] for items in lists.values() for one in items if one["id"] == made["id"]]
    expect("uses that are left, as both say", [3, 3], left)
    expect("status of its end", 204, stack.api.send(second, "DELETE", f"/register-tokens/{made['id']}").status_code)
    headers = {**bearer(made["token"]), "Content-Type": "application/json"}
    late = Http(first).post(f"{stack.issuer}/register", data=json.dumps(an_app("Too late")), headers=headers)
    expect(f"status at {first} after the end", 401, late.status_code)


def a_request_for_approval_is_decided(stack, first, second):
    """a backend service that registered itself at {first} waits until an administrator decides at {second}"""
    for decision, state, body in (("approve", "approved", None), ("decline", "declined", {"reason": "Not here."})):
        key, metadata = a_backend(f"Asks {first} to {decision}")
        made = registered(stack, first, metadata)
        client, path = {"client_id": made["client_id"], "private_jwk": key}, f"/approvals/{made['client_id']}"
        tag = read_by_both(stack, first, second, path)
        is_listed(stack, (first, second), "/approvals?state=pending", "client_id", made["client_id"])
        decided = stack.api.send(second, "POST", f"{path}/{decision}", body, if_match=tag)
        expect(f"status of {decision} by {second} ({decided.text[:200]})", 200, decided.status_code)
        again = stack.api.send(first, "POST", f"{path}/{decision}", body, if_match=tag)
        expect_that(f"{first} refuses to decide what {second} has decided", again.status_code in (409, 412), again.text)
        read_by_both(stack, first, second, path)
        expect(f"state at {first}", state, stack.api.read(first, path).json()["state"])
        if decision == "approve":
            stack.backend_token(first, client)


def a_user_is_changed_by_both(stack, first, second):
    """a user whom {first} created is changed by {second}, signs in at both, and is stopped and deleted across"""
    api, name = stack.api, f"ann-{secrets.token_hex(4)}"
    body = {"name": name, "display_name": "Ann Sample", "role": "clinician", "fhirUser": "Practitioner/ann"}
    expect("status of the creation", 201, api.send(first, "POST", "/users", body).status_code)
    path = f"/users/{name}"
    tag = read_by_both(stack, first, second, path)
    changed = api.send(second, "PATCH", path, {"display_name": "Ann Changed"}, if_match=tag)
    expect(f"status of the change by {second} ({changed.text[:200]})", 200, changed.status_code)
    late = api.send(first, "PATCH", path, {"display_name": "Too late"}, if_match=tag)
    expect(f"status of a change by {first} of what {second} has changed", 412, late.status_code)
    read_by_both(stack, first, second, path)
    is_listed(stack, (first, second), f"/users?q={name}", "name", name)

    link = good("the link", api.send(first, "POST", f"{path}/set-password-link"))["link"]
    browser = stack.browser(second)
    form = browser.open(link)
    done = browser.on(first).submit(form, "/account/set-password", password=PASSWORD)
    expect(f"status of setting the password with {first} on a page of {second}", 200, done.status)
    expect(f"status at {second} of a link that was used", 410, stack.browser(second).open(link).status)
    user = {"name": name, "password": PASSWORD}
    browsers = [stack.browser(version) for version in (second, first)]
    for version, browser in zip((second, first), browsers):
        browser.sign_in(browser.see("/account"), user)
        is_signed_in(browser.on(first), f"who signed in at {version}", first)
        is_signed_in(browser.on(second), f"who signed in at {version}", second)

    stopped = api.send(first, "POST", f"{path}/disable")
    expect("status of disabling", 200, stopped.status_code)
    page = browsers[0].on(second).see("/account")
    expect_that(f"{second} asks a disabled user to sign in", has_form(page, "/sign-in"), page.heading)
    started = api.send(second, "POST", f"{path}/enable")
    expect("status of enabling", 200, started.status_code)
    read_by_both(stack, first, second, path)
    gone = api.send(second, "DELETE", path, if_match=started.headers["ETag"])
    expect(f"status of the deletion by {second} ({gone.text[:200]})", 204, gone.status_code)
    expect(f"status of a deleted user at {first}", 404, api.send(first, "GET", path).status_code)


def is_signed_in(browser, who, version):
    page = browser.see("/account")
    expect_that(f"{version} shows the account to {who}", not has_form(page, "/sign-in"), page.heading)


def an_account_is_made_on_pages_of_both(stack, first, second):
    """an account made on a page of {first} and sent to {second} signs in at both, also with a changed password"""
    browser, name = stack.browser(first), f"maker-{secrets.token_hex(4)}"
    form = browser.see("/account/create")
    browser.on(second, first).submit(form, "/account/create", username=name, password=PASSWORD)
    is_signed_in(browser.on(first), "who made an account", first)
    form = browser.on(second).see("/account/password")
    changed = "another twelve words"
    browser.on(first).submit(form, "/account/password", current=PASSWORD, password=changed)
    elsewhere = stack.browser(second)
    page = elsewhere.see("/account")
    refused = elsewhere.sign_in(page, {"name": name, "password": PASSWORD})
    expect(f"status at {second} of the password before", 401, refused.status)
    elsewhere.sign_in(page, {"name": name, "password": changed})
    is_signed_in(elsewhere, "who changed a password", second)


def typed(name, **more):
    """What is typed into the form of a client. Its text areas and lists are not read from the page."""
    usual = {"client_name": name, "redirect_uris": REDIRECT_URI, "scope": "openid fhirUser patient/*.rs"}
    return {**usual, "longest_access": "30", **more}


def a_client_is_registered_on_pages(stack, first, second):
    """a client is registered on a page of {first} that {second} takes, changed the other way round, and deleted"""
    browser = stack.signed_in(first, "clara")
    form = browser.see("/account/clients/new")
    fields = typed(f"Typed at {first}", kind="secret", secret="made", secret_by="header")
    page = browser.on(second, first).submit(form, "/account/clients/new", **fields)
    found = re.search(r'<code id="client-id">([^<]+)</code>', page.text)
    expect_that(f"{first} shows the client that {second} registered", found, f"{page.status} {page.heading!r}")
    client_id = found[1]
    shown = re.search(r"smart_secret_[A-Za-z0-9_-]+", page.text)
    app = App(stack, client_id, REDIRECT_URI, shown and shown[0])
    expect_that(f"{first} shows once the secret that {second} made", app.secret, page.heading)
    expect_error(f"{first} knows that secret", 400, "invalid_grant", app.exchange(first, "code_1_A"))
    path = f"/account/clients/{client_id}"
    expect_that("the secret is shown once", app.secret not in browser.on(first).see(path).text)

    page = browser.on(second).see(path)
    changed = typed(f"Changed at {first}", kind="secret", secret_by="header")
    expect("status of the change", 200, browser.on(first, second).submit(page, path, **changed).status)
    name = stack.api.read(second, f"/clients/{client_id}").json()["client_name"]
    expect(f"the name at {second}", changed["client_name"], name)
    late = browser.on(second).submit(page, path, **typed("Too late", kind="secret", secret_by="header"))
    expect(f"status at {second} of a page from before the change by {first}", 409, late.status)
    added = browser.on(first).see(f"{path}/secrets")
    added = browser.on(second, first).submit(added, f"{path}/secrets", secret="made")
    expect("status of another secret", 200, added.status)
    for version in (first, second):
        secrets_of = stack.api.read(version, f"/clients/{client_id}/secrets").json()["items"]
        expect(f"number of secrets at {version}", 2, len(secrets_of))
    ask = browser.on(first).see(f"{path}/delete")
    browser.on(second).submit(ask, f"{path}/delete")
    expect(f"status of the deleted client at {first}", 404, browser.on(first).see(path).status)


def a_test_token_is_made_across(stack, first, second):
    """a test token is asked for on pages that {first} and {second} answer in turn, works at both, and is revoked"""
    browser = stack.signed_in(first, "chidi")
    form = browser.on(first).see("/account/tokens")
    browser.on(second, first)
    consent = browser.submit(form, "/account/tokens", scope="launch/patient patient/*.rs", client="")
    shown = browser.submit(consent, "/authorize/consent", decision="allow")
    found = re.search(r"<textarea id=\"token\"[^>]*>([^<]+)</textarea>", shown.text)
    expect_that("the token is shown", found, f"{shown.status} {shown.heading!r}")
    own = f"{stack.fhir}/Patient/chidi"
    expect("status of the patient", 200, Http(first).get(own, headers=bearer(found[1])).status_code)
    admin = bearer(stack.backend_token(second, stack.admin, "__introspect"))

    def is_active(version):
        answer = Http(version).post(f"{stack.issuer}/introspect", data={"token": found[1]}, headers=admin)
        return good(f"the introspection by {version}", answer)["active"]

    expect("whether it is active at both", [True, True], [is_active(first), is_active(second)])
    browser.on(second).submit(shown, "/account/tokens/revoke")
    expect("whether it is active at both once it is revoked", [False, False], [is_active(first), is_active(second)])


def a_test_launch_goes_across(stack, first, second):
    """a test launch of a client goes through pages that {first} and {second} answer in turn"""
    app = new_app(stack, first)
    browser = stack.signed_in(first, "dario")
    samples = browser.on(first).see(f"/account/clients/{app.id}/samples")
    page = browser.on(second, first).submit(samples, f"/account/clients/{app.id}/test-launch")
    page, _ = browser.allow(page, "chidi")
    expect("status of the page that shows what came back", 200, page.status)
    expect_that("it shows the patient", "chidi" in page.text, page.heading)


STEPS = (
    a_client_is_changed_by_both,
    a_secret_works_at_both,
    a_disabled_client_is_refused,
    a_repeated_registration_is_one,
    a_problem_is_shown,
    a_program_manages_its_registration,
    an_initial_access_token_works_at_both,
    a_request_for_approval_is_decided,
    a_user_is_changed_by_both,
    an_account_is_made_on_pages_of_both,
    a_client_is_registered_on_pages,
    a_test_token_is_made_across,
    a_test_launch_goes_across,
)
