"""Steps about what is stored: both read all of it after the other steps, and fields that neither knows survive."""

import re
import secrets

from authorization import LAUNCH, OFFLINE, RECORD, launched
from peers import expect, expect_that
from registration import PASSWORD, new_app, read_by_both
from sides import NEW, App, agree, has_form

# A field that a later version may store, and that no answer shows.
NEWER = {"newer_field": {"M": {"text": {"S": "kept"}, "list": {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": True}]}}}}

# The versions that write back a field of a client or user that they do not know. The old version of today drops them.
KEEPERS = {NEW}


def items(stack, table):
    """All items of a table, as DynamoDB writes them."""
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.tables[table], ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def put_newer_fields(stack, table, keeps=lambda item: True):
    """Adds the newer field to items of a table, and to each secret of a client. Returns how many items there are."""
    found = [item for item in items(stack, table) if keeps(item)]
    for item in found:
        for secret in item.get("secrets", {}).get("L", []):
            secret["M"].update(NEWER)
        stack.dynamodb.put_item(TableName=stack.tables[table], Item={**item, **NEWER})
    return len(found)


def every_table_holds_something(stack, first, second):
    """each table holds items of the steps so far that {first} and {second} have stored"""
    empty = [table for table in stack.tables if not items(stack, table)]
    expect("tables without an item", [], empty)


def all_clients_and_users_are_read_by_both(stack, first, second):
    """every stored client and user is read by {first} as by {second}, and both list the same"""
    for item in items(stack, "CLIENTS_TABLE"):
        path = f"/clients/{item['client_id']['S']}"
        read_by_both(stack, first, second, path)
        both(stack, first, second, f"{path}/events")
    for item in items(stack, "USERS_TABLE"):
        read_by_both(stack, first, second, f"/users/{item['name']['S']}")
    for path in ("/clients?limit=200", "/users?limit=200", "/approvals?limit=200", "/register-tokens?limit=200"):
        both(stack, first, second, path)


def both(stack, first, second, path):
    agree(path, {version: stack.api.read(version, path).json() for version in (first, second)})


def all_grants_are_read_by_both(stack, first, second):
    """{first} and {second} say the same of every token that was issued, and list the same connected apps"""
    expect_that("tokens were issued", len(stack.issued) > 20, len(stack.issued))
    for app, token in stack.issued:
        agree(f"a token of {app.id}", {version: app.introspect(version, token) for version in (first, second)})
    for name in ("alma", "chidi", "clara"):
        browser = stack.signed_in(first, name)
        lists = [set(re.findall(r'"/manage/([^"?]+)"', browser.on(one).see("/manage").text)) for one in (first, second)]
        expect(f"the connected apps of {name} at {second} as at {first}", *lists)


def newer_fields_are_no_obstacle(stack, first, second):
    """items of {first} with a field that neither knows, in every table, are read and used by {second}"""
    app, sample = new_app(stack, first), App.seeded(stack, "sample-app")
    browser = stack.signed_in(first, "clara")
    page = browser.submit(browser.open(app.address(OFFLINE)), "/authorize/patient", patient="emre")
    body = app.tokens(first, app.code(browser.submit(page, "/authorize/consent", decision="allow")))
    page = browser.open(app.address(RECORD + " patient/Observation.rs" * 300))
    unredeemed = browser.submit(browser.open(app.address(RECORD)), "/authorize/patient", patient="dunja")
    code = app.code(browser.submit(unredeemed, "/authorize/consent", decision="allow"))
    address = sample.address(LAUNCH, launch=launched(stack, first))
    for table in stack.tables:
        put_newer_fields(stack, table)

    expect_that(f"{second} opens a kept request", has_form(browser.on(second).open(page.url), "/authorize/patient"))
    browser.on(second)
    expect("patient of the launch", "chidi", sample.tokens(second, sample.code(allowed(browser, address)))["patient"])
    again = browser.submit(browser.open(app.address(OFFLINE)), "/authorize/patient", patient="emre")
    expect_that("a consent is remembered", app.code(again))
    expect("patient of the code", "dunja", app.tokens(second, code)["patient"])
    body = app.refreshed(first, app.refreshed(second, body["refresh_token"])["refresh_token"])
    expect("patient of the refreshed token", "emre", app.introspect(second, body["access_token"])["patient"])
    expect_that(f"{second} lists the app", app.id in browser.see("/manage").text)
    read_by_both(stack, first, second, f"/clients/{app.id}")


def allowed(browser, address):
    return browser.submit(browser.open(address), "/authorize/consent", decision="allow")


def a_client_keeps_newer_fields(stack, first, second):
    """a client with fields that neither knows keeps them through every change by {first}, and {second} reads it"""
    app = new_app(stack, second)
    is_this = lambda item: item["client_id"]["S"] == app.id  # noqa: E731
    expect("clients with the field", 1, put_newer_fields(stack, "CLIENTS_TABLE", is_this))
    path = f"/clients/{app.id}"
    changes = (
        ("PATCH", path, {"client_name": "Renamed"}),
        ("POST", f"{path}/secrets", None),
        ("POST", f"{path}/disable", None),
        ("POST", f"{path}/enable", None),
    )
    for method, where, body in changes:
        tag = read_by_both(stack, first, second, path)
        done = stack.api.send(first, method, where, body, **({"if_match": tag} if method == "PATCH" else {}))
        expect_that(f"{method} {where} is done", done.status_code in (200, 201), done.text)
        item = next(item for item in items(stack, "CLIENTS_TABLE") if is_this(item))
        kept = [one.get("newer_field") == NEWER["newer_field"] for one in (item, item["secrets"]["L"][0]["M"])]
        expect(f"fields that {first} kept of the client and its secret", [first in KEEPERS] * 2, kept)
    read_by_both(stack, first, second, path)


def a_user_keeps_newer_fields(stack, first, second):
    """a user with a field that neither knows keeps it through every change by {first}, and {second} reads them"""
    name = f"newer-{secrets.token_hex(4)}"
    user = {"name": name, "display_name": "Newer Sample", "role": "clinician"}
    expect("status of the creation", 201, stack.api.send(second, "POST", "/users", user).status_code)
    is_this = lambda item: item["name"]["S"] == name  # noqa: E731
    expect("users with the field", 1, put_newer_fields(stack, "USERS_TABLE", is_this))
    path = f"/users/{name}"
    link = stack.api.send(second, "POST", f"{path}/set-password-link").json()["link"]

    def set_password():
        browser = stack.browser(first)
        browser.submit(browser.open(link), "/account/set-password", password=PASSWORD)

    def patch():
        tag = read_by_both(stack, first, second, path)
        return stack.api.send(first, "PATCH", path, {"display_name": "Changed"}, if_match=tag)

    stop, start = (lambda: stack.api.send(first, "POST", f"{path}/{one}") for one in ("disable", "enable"))
    for change in (patch, set_password, stop, start):
        change()
        item = next(item for item in items(stack, "USERS_TABLE") if is_this(item))
        expect(f"whether {first} kept the field", first in KEEPERS, item.get("newer_field") == NEWER["newer_field"])
    read_by_both(stack, first, second, path)
    browser = stack.browser(second)
    browser.sign_in(browser.see("/account"), {"name": name, "password": PASSWORD})
    page = browser.on(first).see("/account")
    expect_that(f"{first} knows who signed in at {second}", not has_form(page, "/sign-in"), page.heading)


def a_session_keeps_newer_fields(stack, first, second):
    """a session that began at {first}, with a field that neither knows, is used at {second} and keeps it"""
    browser = stack.signed_in(first, "dario")
    put_newer_fields(stack, "SESSIONS_TABLE")
    for version in (second, first):
        page = browser.on(version).see("/manage")
        expect_that(f"{version} knows the session", not has_form(page, "/sign-in"), page.heading)
    kept = [item.get("newer_field") == NEWER["newer_field"] for item in items(stack, "SESSIONS_TABLE")]
    expect("sessions that lost the field", 0, kept.count(False))


STEPS = (
    every_table_holds_something,
    all_clients_and_users_are_read_by_both,
    all_grants_are_read_by_both,
    a_client_keeps_newer_fields,
    a_user_keeps_newer_fields,
    a_session_keeps_newer_fields,
    newer_fields_are_no_obstacle,
)
