"""Steps of an app at the token endpoint and its neighbours, and of backend services."""

import jwt
from authorization import OFFLINE
from peers import JWT_BEARER, expect, expect_that
from registration import new_app
from sides import Http, agree, expect_error, good


def connected(stack, app, version, scope=OFFLINE, user="chidi"):
    """What an app is given that a user connected at this version."""
    browser = stack.browser(version)
    consent = browser.sign_in(browser.open(app.address(scope)), stack.named(user))
    return app.tokens(version, app.code(browser.submit(consent, "/authorize/consent", decision="allow")))


def refresh_tokens_rotate_across(stack, first, second):
    """refresh tokens from {first} rotate at {second} and {first} in turn, six times"""
    app = new_app(stack, first)
    body = connected(stack, app, first)
    before = {name: body[name] for name in ("scope", "patient")}
    for version in (second, first) * 3:
        refreshed = app.refreshed(version, body["refresh_token"])
        expect("scope and patient", before, {name: refreshed[name] for name in before})
        expect_that(f"{version} gives another refresh token", refreshed["refresh_token"] != body["refresh_token"])
        stack.verify_access_token(refreshed["access_token"])
        body = refreshed
    claims = jwt.decode(body["id_token"], options={"verify_signature": False})
    expect("audience of the ID token", app.id, claims["aud"])


def a_lost_answer_is_repeated_by_the_other(stack, first, second):
    """a refresh token sent to {first} has the same successor at {second}, and sent later it ends the grant at both"""
    app = new_app(stack, first)
    zero = connected(stack, app, second)["refresh_token"]
    one = app.refreshed(first, zero)["refresh_token"]
    expect(f"the successor by {second}", one, app.refreshed(second, zero)["refresh_token"])
    two = app.refreshed(second, one)["refresh_token"]
    expect_error(f"the first token at {first}", 400, "invalid_grant", app.refresh(first, zero))
    for version in (second, first):
        expect_error(f"the newest token at {version}", 400, "invalid_grant", app.refresh(version, two))


def both_say_the_same_of_a_token(stack, first, second):
    """both say the same of tokens that {first} issued, until {second} revokes them"""
    app = new_app(stack, first)
    body = connected(stack, app, first)
    for name in ("access_token", "refresh_token"):
        agree(f"{name} as both introspect it", {one: app.introspect(one, body[name]) for one in (first, second)})
        expect(f"{name} is active", True, app.introspect(second, body[name])["active"])
    own = {"Authorization": f"Bearer {body['access_token']}"}

    def userinfo(version):
        return Http(version).get(f"{stack.issuer}/userinfo", headers=own)

    agree("userinfo of both", {one: good(f"userinfo of {one}", userinfo(one)) for one in (first, second)})
    expect(f"status of the revocation by {second}", 200, app.revoke(second, body["refresh_token"]).status_code)
    for version in (first, second):
        for name in ("access_token", "refresh_token"):
            expect(f"{name} at {version}", {"active": False}, app.introspect(version, body[name]))
        expect_error(f"the refresh at {version}", 400, "invalid_grant", app.refresh(version, body["refresh_token"]))
        expect(f"status of userinfo at {version}", 401, userinfo(version).status_code)


def an_assertion_is_spent_at_both(stack, first, second):
    """a client assertion that {first} took is refused by {second}, at both of its endpoints"""
    backend = stack.client("backend")
    for path, other in (("/token", "/backend-token"), ("/backend-token", "/token")):
        # The token endpoint is an audience that both endpoints accept.
        assertion = stack.assertion(backend, f"{stack.issuer}/token")
        good(f"{path} of {first}", stack.ask(first, path, assertion))
        for version, where in ((second, other), (second, path), (first, path)):
            expect_error(f"{where} of {version}", 401, "invalid_client", stack.ask(version, where, assertion))


def a_backend_token_is_revoked_across(stack, first, second):
    """a backend token that {first} issued is active at both until {second} revokes it"""
    backend = stack.client("backend")
    token = stack.backend_token(first, backend, path="/token")
    stack.verify_access_token(token)

    def send(version, path):
        assertion = stack.assertion(backend, f"{stack.issuer}/token")
        form = {"token": token, "client_assertion_type": JWT_BEARER, "client_assertion": assertion}
        return Http(version).post(f"{stack.issuer}{path}", data=form)

    shown = {one: good(f"the introspection by {one}", send(one, "/introspect")) for one in (first, second)}
    agree("the token as both introspect it", shown)
    expect(f"status of the revocation by {second}", 200, send(second, "/revoke").status_code)
    for version in (first, second):
        expect(f"the token at {version}", {"active": False}, good("the introspection", send(version, "/introspect")))


def both_describe_the_same_service(stack, first, second):
    """the keys and endpoints that {first} serves are those that {second} serves"""
    for path in (".well-known/jwks.json", ".well-known/smart-configuration", ".well-known/openid-configuration"):
        agree(path, {one: good(path, Http(one).get(f"{stack.issuer}/{path}")) for one in (first, second)})


STEPS = (
    refresh_tokens_rotate_across,
    a_lost_answer_is_repeated_by_the_other,
    both_say_the_same_of_a_token,
    an_assertion_is_spent_at_both,
    a_backend_token_is_revoked_across,
    both_describe_the_same_service,
)
