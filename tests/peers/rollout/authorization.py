"""Steps of a user: sign-in, choices and consent on pages of both versions, launches, and connected apps."""

import secrets
import time

from peers import expect, expect_that
from registration import PASSWORD, new_app
from sides import ANSWERS, App, Http, expect_error, form_to, good, has_form

OFFLINE = "launch/patient openid fhirUser offline_access patient/*.rs"
RECORD = "launch/patient patient/*.rs"
VISIT = "launch/patient launch/encounter openid fhirUser offline_access patient/*.rs"
LAUNCH = "launch openid fhirUser patient/*.rs"

# How long a count of wrong passwords lasts, in seconds.
WINDOW = 900

def asked(stack, version, app, scope):
    """The browser of a patient who has signed in at this version, and the consent page that it shows there."""
    browser = stack.browser(version)
    return browser, browser.sign_in(browser.open(app.address(scope)), stack.named("chidi"))


def pages_of_one_are_answered_at_the_other(stack, first, second):
    """each page from sign-in to consent is shown by {first} and answered at {second}, which leads to a code"""
    app = new_app(stack, first)
    browser = stack.browser(first)
    page = browser.open(app.address(VISIT))
    page = browser.on(second, first).sign_in(page, stack.named("clara"))
    page, sent = browser.allow(page, "chidi")
    expect("forms that were sent", list(ANSWERS), sent)
    body = app.tokens(first, app.code(page))
    expect("patient and encounter", ("chidi", "chidi-diabetes"), (body.get("patient"), body.get("encounter")))
    for version in (first, second):
        own = {"Authorization": f"Bearer {body['access_token']}"}
        shown = good(f"userinfo of {version}", Http(version).get(f"{stack.issuer}/userinfo", headers=own))
        expect(f"fhirUser at {version}", f"{stack.fhir}/Practitioner/clara", shown["fhirUser"])
    read = Http(first).get(f"{stack.fhir}/Patient/chidi", headers=own)
    expect("status of the patient's record", 200, read.status_code)


def a_request_is_finished_at_the_other(stack, first, second):
    """an authorization that was begun on pages of {first} is reloaded and finished on pages of {second}"""
    app = new_app(stack, second)
    browser = stack.browser(first)
    page = browser.sign_in(browser.open(app.address(VISIT)), stack.named("clara"))
    page = browser.submit(page, "/authorize/patient", patient="chidi")
    there = browser.on(second).open(page.url)
    expect_that(f"{second} opens the step that {first} sealed", has_form(there, "/authorize/encounter"), there.heading)
    page = browser.submit(there, "/authorize/encounter", encounter="chidi-diabetes")
    page = browser.on(first).open(page.url)
    expect_that(f"{first} opens the step that {second} sealed", has_form(page, "/authorize/consent"), page.heading)
    page = browser.on(second).submit(browser.on(second).open(page.url), "/authorize/consent", decision="allow")
    body = app.tokens(first, app.code(page))
    expect("the visit", "chidi-diabetes", body.get("encounter"))


def a_form_sent_to_both_makes_one_grant(stack, first, second):
    """a consent form that is sent to {first} and again to {second} leads to the same code"""
    app = new_app(stack, first)
    browser, consent = asked(stack, first, app, RECORD)
    code = app.code(browser.submit(consent, "/authorize/consent", decision="allow"))
    again = app.code(browser.on(second).submit(consent, "/authorize/consent", decision="allow"))
    expect("the second code", code, again)
    app.tokens(second, code)


def a_spent_code_is_spent_at_both(stack, first, second):
    """a code that {first} issued is redeemed by {second} once; sent to {first} again, it ends the grant at both"""
    app = new_app(stack, first)
    browser, consent = asked(stack, first, app, OFFLINE)
    code = app.code(browser.submit(consent, "/authorize/consent", decision="allow"))
    body = app.tokens(second, code)
    expect_error(f"the code at {first} again", 400, "invalid_grant", app.exchange(first, code))
    for version in (first, second):
        expect_error(f"the refresh at {version}", 400, "invalid_grant", app.refresh(version, body["refresh_token"]))
        expect(f"active at {version}", False, app.introspect(version, body["access_token"])["active"])


def a_user_says_no_across(stack, first, second):
    """a consent page of {first} is denied at {second}"""
    app = new_app(stack, first)
    browser, consent = asked(stack, first, app, RECORD)
    back = browser.on(second).submit(consent, "/authorize/consent", decision="deny")
    expect("error at the app", "access_denied", app.answer(back).get("error"))


def a_long_request_is_kept_for_both(stack, first, second):
    """a request too long for a URL that {first} kept is shown and answered by {second}, by link and by form"""
    parts = (f"patient/Observation.rs?category=http://example.org/categories|kind-{number}" for number in range(110))
    scope = " ".join(parts)
    for by_form in (False, True):
        app = new_app(stack, first, scope="launch/patient patient/*.rs")
        browser, address = stack.browser(first), app.address(scope)
        path, _, query = address.partition("?")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        if by_form:
            page = browser.arrive(path, browser.http.post(path, data=query, headers=kind))
        else:
            page = browser.open(address)
        action = form_to(page, "/sign-in").action
        expect_that("the request is kept", len(action) < 500, action)
        there = browser.on(second).open(page.url)
        page = browser.on(first, second).sign_in(there, stack.named("chidi"))
        page, _ = browser.allow(page, "chidi")
        body = app.tokens(second, app.code(page))
        expect("scopes that were granted", set(scope.split()), set(body["scope"].split()))


def a_consent_is_remembered_by_both(stack, first, second):
    """what was allowed at {first} is not asked again by {second}, also with prompt=none"""
    app = new_app(stack, first)
    browser, consent = asked(stack, first, app, OFFLINE)
    app.code(browser.submit(consent, "/authorize/consent", decision="allow"))
    for more in ({}, {"prompt": "none"}):
        body = app.tokens(first, app.code(browser.on(second).open(app.address(OFFLINE, **more))))
        expect("scope without a question", set(OFFLINE.split()), set(body["scope"].split()))
    page = browser.on(second).open(app.address(OFFLINE, prompt="consent"))
    expect_that("prompt=consent asks", has_form(page, "/authorize/consent"), page.heading)


def launched(stack, version, **more):
    ehr = next(client for client in stack.facts["clients"] if client["client_id"] == "demo-ehr")
    token = stack.backend_token(version, ehr, "__launch")
    body = {"client_id": "sample-app", "user": "clara", "patient": "chidi", **more}
    headers = {"Authorization": f"Bearer {token}"}
    made = Http(version).post(f"{stack.issuer}/launch", json=body, headers=headers)
    return good(f"the launch by {version}", made)["launch"]


def a_launch_is_used_at_the_other(stack, first, second):
    """a launch that {first} made is used at {second} with all its context, and is spent at {first}"""
    context = {
        "encounter": "chidi-diabetes",
        "intent": "reconcile",
        "need_patient_banner": False,
        "tenant": "north",
        "fhirContext": [{"reference": "ImagingStudy/9"}],
    }
    app = App.seeded(stack, "sample-app")
    address = app.address(LAUNCH, launch=launched(stack, first, **context))
    browser = stack.signed_in(first, "clara")
    consent = browser.on(second).open(address)
    page = browser.submit(consent, "/authorize/consent", decision="allow")
    body = app.tokens(first, app.code(page))
    wanted = {"patient": "chidi", **context}
    expect("the context of the launch", wanted, {name: body.get(name) for name in wanted})
    expect(f"error at {first} again", "invalid_request", app.answer(browser.on(first).open(address)).get("error"))


def a_session_ends_at_both(stack, first, second):
    """a session that began at {first} is known to {second}, and its end there ends it and online_access at {first}"""
    app = new_app(stack, first)
    browser, consent = asked(stack, first, app, "launch/patient online_access patient/*.rs")
    body = app.tokens(first, app.code(browser.submit(consent, "/authorize/consent", decision="allow")))
    body = app.refreshed(second, body["refresh_token"])
    ask = browser.on(second).see("/sign-out")
    kept = browser.cookie("session")
    browser.submit(ask, "/sign-out")
    browser.http.cookies.set("session", kept, domain="127.0.0.1", path="/")
    for version in (first, second):
        page = browser.on(version).see("/manage")
        expect_that(f"{version} asks to sign in", has_form(page, "/sign-in"), page.heading)
        expect_error(f"the refresh at {version}", 400, "invalid_grant", app.refresh(version, body["refresh_token"]))


def wrong_passwords_count_at_both(stack, first, second):
    """three wrong passwords at {first} and two at {second} lock the user out of both"""
    name = f"locked-{secrets.token_hex(4)}"
    user = {"name": name, "display_name": "Locked Sample", "role": "clinician"}
    good("the user", stack.api.send(first, "POST", "/users", user))
    link = good("the link", stack.api.send(first, "POST", f"/users/{name}/set-password-link"))["link"]
    browser = stack.browser(first)
    browser.submit(browser.open(link), "/account/set-password", password=PASSWORD)
    # All tries are to fall into one window.
    left = WINDOW - time.time() % WINDOW
    if left < 20:
        time.sleep(left + 1)
    form = browser.see("/manage")
    for version in (first, first, first, second, second):
        wrong = browser.on(version).sign_in(form, {"name": name, "password": "wrong"})
        expect(f"status of a wrong password at {version}", 401, wrong.status)
    for version in (first, second):
        locked = browser.on(version).sign_in(form, {"name": name, "password": PASSWORD})
        expect(f"status of the right password at {version}", 429, locked.status)
        expect_that(f"{version} says when to try again", 0 < int(locked.headers["Retry-After"]) <= WINDOW)


def a_connected_app_is_disconnected_across(stack, first, second):
    """an app that {first} and {second} connected is listed by both and disconnected from both at {second}"""
    app = new_app(stack, first)
    name = stack.api.read(first, f"/clients/{app.id}").json()["client_name"]
    browser = stack.browser(first)
    page = browser.sign_in(browser.open(app.address(OFFLINE)), stack.named("alma"))
    page = browser.submit(page, "/authorize/patient", patient="alma")
    tokens = [app.tokens(first, app.code(browser.submit(page, "/authorize/consent", decision="allow")))]
    page = browser.on(second).open(app.address(OFFLINE))
    page = browser.submit(page, "/authorize/patient", patient="bruno")
    tokens.append(app.tokens(second, app.code(browser.submit(page, "/authorize/consent", decision="allow"))))
    for version in (first, second):
        listed = browser.on(version).see("/manage")
        expect_that(f"{version} lists the app", name in listed.text, listed.heading)
    ask = browser.on(first).see(f"/manage/{app.id}")
    browser.on(second, first).submit(ask, f"/manage/{app.id}")
    for version in (first, second):
        listed = browser.on(version).see("/manage")
        expect_that(f"{version} lists the app no more", name not in listed.text, listed.heading)
        for one in tokens:
            expect_error(f"the refresh at {version}", 400, "invalid_grant", app.refresh(version, one["refresh_token"]))
            expect(f"active at {version}", False, app.introspect(version, one["access_token"])["active"])


STEPS = (
    pages_of_one_are_answered_at_the_other,
    a_request_is_finished_at_the_other,
    a_form_sent_to_both_makes_one_grant,
    a_spent_code_is_spent_at_both,
    a_user_says_no_across,
    a_long_request_is_kept_for_both,
    a_consent_is_remembered_by_both,
    a_launch_is_used_at_the_other,
    a_session_ends_at_both,
    wrong_passwords_count_at_both,
    a_connected_app_is_disconnected_across,
)
