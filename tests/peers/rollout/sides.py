"""What the steps share: requests that name the version which answers, and an account of who did what."""

import base64
import hashlib
import itertools
import json
import re
import secrets
import sys
import traceback
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pages
import peers
from peers import expect, expect_that

OLD, NEW = "old", "new"
VERSION = "Rollout-Version"
BOTH_WAYS = ((OLD, NEW), (NEW, OLD))
FORM = "application/x-www-form-urlencoded"
REDIRECT_URI = "http://127.0.0.1:8999/callback"

# Forms that one version shows and the other calls out of date, such as `/authorize/consent of old at new`. Users have
# to send such a form again from a fresh page, so each is named here.
OUT_OF_DATE = set()

# What a user answers on the pages between sign-in and the app, by the path that the form of the page leads to.
ANSWERS = {
    "/authorize/patient": lambda patient: {"patient": patient},
    "/authorize/encounter": lambda patient: {"encounter": f"{patient}-diabetes"},
    "/authorize/consent": lambda _: {"decision": "allow"},
}

# The forms that were called out of date.
seen_out_of_date = set()

# What was requested in the step that runs: version, method, path and status of each request.
account = []


class Http(peers.Http):
    """Requests that `versions` answer in turn."""

    def __init__(self, *versions):
        super().__init__()
        self.turn_to(*versions)

    def turn_to(self, *versions):
        self.turns = itertools.cycle(versions)

    def request(self, method, url, **settings):
        self.version = next(self.turns)
        headers = {**(settings.pop("headers", None) or {}), VERSION: self.version}
        answer = super().request(method, url, headers=headers, **settings)
        account.append(f"{self.version}: {method.upper()} {urlsplit(url).path} {answer.status_code}")
        expect_that(f"{self.version} answers without a fault of its own", answer.status_code < 500, answer.text[:500])
        return answer


class Browser(pages.Browser):
    """A browser of one user, whose requests `versions` answer in turn."""

    def __init__(self, home, *versions):
        super().__init__(home)
        self.http, self.versions = Http(*versions), versions

    def on(self, *versions):
        """The same browser, answered by these versions from now on."""
        self.versions = versions
        self.http.turn_to(*versions)
        return self

    def see(self, path):
        return self.open(f"{self.home}{path}")

    def submit(self, page, path, **fields):
        """Sends the form of a page that leads to this path, some fields set otherwise.

        A version may call a form of the other one out of date. Nothing may be lost then: the form is sent again from
        the page as that version shows it.
        """
        sent = self.send(page, path, fields)
        if "form_out_of_date" not in sent.text:
            return sent
        route = re.sub(r"/[A-Za-z0-9_-]{16,}", "/{id}", path)
        seen_out_of_date.add(f"{route} of {page.version} at {sent.version}")
        self.http.turn_to(sent.version)
        fresh = self.open(page.url)
        return self.on(*self.versions).send(fresh, path, fields)

    def send(self, page, path, fields):
        form = form_to(page, path)
        kept = [(name, value) for name, value in form.sent({}) if name not in fields]
        url = urljoin(page.url, form.action)
        headers = {"Origin": self.home, "Sec-Fetch-Site": "same-origin"}
        return self.arrive(url, self.http.post(url, data=[*kept, *fields.items()], headers=headers))

    def arrive(self, url, answer):
        page = super().arrive(url, answer)
        page.version = self.http.version
        account[-1] += f", shows {page.heading!r}" if page.heading else ""
        return page

    def allow(self, page, patient):
        """Answers pages until the browser leaves. Returns where it is then, and the paths that it sent forms to."""
        sent = []
        while path := next((path for path in ANSWERS if has_form(page, path)), None):
            expect_that(f"{path} is asked once", path not in sent, page.heading)
            sent.append(path)
            page = self.on(*self.versions).submit(page, path, **ANSWERS[path](patient))
        return page, sent

    def sign_in(self, page, user, password=None):
        return self.submit(page, "/sign-in", username=user["name"], password=password or user["password"])

    def cookie(self, name):
        return self.http.cookies.get(name)


def form_to(page, path):
    """The form of a page that is sent to this path."""
    found = [form for form in page.forms if form.method == "post" and urlsplit(form.action).path == path]
    paths = [urlsplit(form.action).path for form in page.forms]
    expect_that(f"the page {page.heading!r} ({page.status}) has a form that leads to {path}", found, paths)
    return found[0]


def has_form(page, path):
    return any(form.method == "post" and urlsplit(form.action).path == path for form in page.forms)


class App:
    """A client at the OAuth endpoints of both versions."""

    def __init__(self, stack, client_id, redirect_uri, secret=None):
        self.stack, self.id, self.redirect_uri, self.secret = stack, client_id, redirect_uri, secret
        self.verifier = secrets.token_urlsafe(48)

    @classmethod
    def seeded(cls, stack, client_id):
        known = next(client for client in stack.facts["clients"] if client["client_id"] == client_id)
        return cls(stack, client_id, known["redirect_uris"][0], known.get("client_secret"))

    def address(self, scope, **more):
        """The address of an authorization request."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": secrets.token_urlsafe(16),
            "aud": self.stack.fhir,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{self.stack.issuer}/authorize?{urlencode(parameters)}"

    def answer(self, page):
        """The parameters with which the browser came back to this app."""
        expect_that(f"the browser is back at {self.id}", page.left_to, f"{page.status} {page.heading!r}")
        expect_that("it is at the redirect URI", page.left_to.startswith(self.redirect_uri), page.left_to)
        return {name: values[0] for name, values in parse_qs(urlsplit(page.left_to).query).items()}

    def code(self, page):
        answer = self.answer(page)
        expect_that(f"{self.id} is given a code", "code" in answer, answer)
        return answer["code"]

    def send(self, version, path, **form):
        identity = {"auth": (self.id, self.secret)} if self.secret else {}
        own = {} if self.secret else {"client_id": self.id}
        return Http(version).post(f"{self.stack.issuer}{path}", data={**own, **form}, **identity)

    def exchange(self, version, code):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.send(version, "/token", **form, code_verifier=self.verifier)

    def tokens(self, version, code):
        return self.issued(good(f"the exchange of a code by {version}", self.exchange(version, code)))

    def refresh(self, version, refresh_token):
        return self.send(version, "/token", grant_type="refresh_token", refresh_token=refresh_token)

    def refreshed(self, version, refresh_token):
        return self.issued(good(f"the refresh by {version}", self.refresh(version, refresh_token)))

    def issued(self, body):
        """Remembers tokens, of which both versions are asked in the end. Public clients may not ask."""
        tokens = [body[name] for name in ("access_token", "refresh_token") if name in body and self.secret]
        self.stack.issued.extend((self, token) for token in tokens)
        return body

    def introspect(self, version, token):
        return good(f"the introspection by {version}", self.send(version, "/introspect", token=token))

    def revoke(self, version, token):
        return self.send(version, "/revoke", token=token)


class Api:
    """The registration API as an administrator uses it."""

    def __init__(self, stack):
        self.stack, self.token = stack, None

    def send(self, version, method, path, body=None, **headers):
        """`headers` are written with underscores: `if_match`."""
        self.token = self.token or self.stack.backend_token(version, self.stack.admin, "__registration __introspect")
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            headers["Content-Type"] = kind
        data = None if body is None else json.dumps(body)
        return Http(version).request(method, f"{self.stack.issuer}{path}", data=data, headers=headers)

    def read(self, version, path):
        answer = self.send(version, "GET", path)
        expect(f"status of GET {path} by {version}", 200, answer.status_code)
        return answer


class Stack(peers.Stack):
    """The emulators, with both versions in front of them."""

    def __init__(self, path):
        super().__init__(path)
        self.admin = {"client_id": self.facts["admin"]["client_id"], "private_jwk": self.facts["admin"]["private_jwk"]}
        self.api, self.issued = Api(self), []

    def named(self, name):
        return next(user for user in self.facts["users"] if user["name"] == name)

    def browser(self, *versions):
        return Browser(self.issuer, *versions)

    def signed_in(self, version, name):
        """A browser in which a user has signed in at this version."""
        browser = self.browser(version)
        browser.sign_in(browser.see("/manage"), self.named(name))
        return browser

    def ask(self, version, path, assertion, scope=None):
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": peers.JWT_BEARER,
            "client_assertion": assertion,
            **({"scope": scope} if scope else {}),
        }
        return Http(version).post(f"{self.issuer}{path}", data=form)

    def backend_token(self, version, client, scope=None, path="/backend-token"):
        assertion = self.assertion(client, f"{self.issuer}{path}")
        return good(f"the backend token by {version}", self.ask(version, path, assertion, scope))["access_token"]


def good(what, answer):
    """The JSON of an answer, which must be a good one."""
    seen = f"{answer.status_code} {answer.text[:300]}"
    expect_that(f"{what} is answered 200 or 201", answer.status_code in (200, 201), seen)
    return answer.json()


def agree(what, said):
    """What two versions say of one thing must be the same, except for members that only the new version has."""
    old, new = said[OLD], said[NEW]
    if isinstance(old, dict) and isinstance(new, dict):
        expect_that(f"{what}: new says all that old says", set(old) <= set(new), sorted(set(old) - set(new)))
        for name in old:
            agree(f"{what}, {name}", {OLD: old[name], NEW: new[name]})
    elif isinstance(old, list) and isinstance(new, list):
        expect(f"{what}: length at new, as at old", len(old), len(new))
        for number, pair in enumerate(zip(old, new)):
            agree(f"{what}, {number}", dict(zip((OLD, NEW), pair)))
    else:
        expect(f"{what} at new, as at old", old, new)


def expect_error(what, status, error, answer):
    """An OAuth error."""
    expect(what, (status, error), (answer.status_code, answer.json().get("error")))


def walk(stack, modules):
    """Runs every step of these modules both ways, also after a failure. Returns the titles of steps that failed."""
    failed, count = [], 0
    for module in modules:
        for step in module.STEPS:
            for first, second in BOTH_WAYS:
                account.clear()
                title = step.__doc__.strip().format(first=first, second=second)
                count += 1
                if problem := problem_of(step, stack, first, second):
                    failed.append(title)
                    print(f"FAILED: {title}\n    {problem}", *account, sep="\n    ", flush=True)
                else:
                    print(f"ok: {title}", flush=True)
    print(f"{count - len(failed)} of {count} steps passed")
    return failed


def problem_of(step, stack, first, second):
    try:
        step(stack, first, second)
    except SystemExit as problem:
        return problem.code
    except Exception:  # noqa: BLE001 (one broken step must not hide the others)
        return traceback.format_exc()
    return None


def finish(failed):
    for form in sorted(seen_out_of_date):
        print(f"out of date, and sent again from a fresh page: {form}")
    if failed:
        sys.exit("failed: " + "; ".join(failed))
    expect("forms that a version calls out of date", sorted(OUT_OF_DATE), sorted(seen_out_of_date))
