"""The authorization code grant, walked through the pages over plain HTTP and judged by PyJWT.

Usage: code_grant.py DEV_JSON
"""

import base64
import hashlib
import secrets
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

from pages import Browser
from peers import Http, Stack, expect, expect_lifetime, expect_not_cached, expect_refusal, expect_that

SCOPES = {
    # An order of its own, both notations, a query with every awkward character: what comes back is what was asked.
    "patient": "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
    " openid launch/patient fhirUser patient/Patient.read",
    "clinician": "openid fhirUser launch/patient patient/*.rs user/Patient.rs",
}
STATE = "a b+c%20&d=ü/?#"


class Request:
    """One authorization request of a client, with the secrets that it keeps for the exchange."""

    def __init__(self, stack, client, scope):
        self.stack, self.client = stack, client
        self.redirect_uri = client["redirect_uris"][0]
        self.verifier = secrets.token_urlsafe(48)
        self.nonce = secrets.token_urlsafe(16)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest())
        self.parameters = {
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": STATE,
            "aud": stack.fhir,
            "nonce": self.nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }

    def url(self, **changes):
        """The address to open; a change to `None` leaves a parameter out."""
        parameters = {name: value for name, value in {**self.parameters, **changes}.items() if value is not None}
        return f"{self.stack.discovery['authorization_endpoint']}?{urlencode(parameters)}"

    def exchange(self, code):
        """The token endpoint's answer to this code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        if "client_secret" in self.client:
            identity = {"auth": (self.client["client_id"], self.client["client_secret"])}
        else:
            identity = {}
            form["client_id"] = self.client["client_id"]
        return Http().post(self.stack.discovery["token_endpoint"], data=form, **identity)


def sign_in(page, user):
    """Fills in name and password, found by what a password manager finds them by."""
    form = page.form_with("Sign in")
    form.controls_where(autocomplete="username")[0]["value"] = user["name"]
    form.controls_where(type="password")[0]["value"] = user["password"]
    return form


def choose(page, patient):
    """Chooses the patient of this id in the radio group."""
    form = page.form_with("Continue")
    radios = form.controls_where(type="radio")
    for radio in radios:
        radio.pop("checked", None)
    offered = [radio["value"] for radio in radios]
    expect_that(f"the picker offers {patient}", patient in offered, offered)
    radios[offered.index(patient)]["checked"] = ""
    return form, offered


def consent(page, request):
    """The form as it was served: what was asked for is ticked from the start, narrower choices are not."""
    form = page.form_with("Allow")
    asked = request.parameters["scope"].split()
    unticked = [box["value"] for box in form.controls_where(type="checkbox") if "checked" not in box]
    expect("asked for and served unticked", [], [scope for scope in unticked if scope in asked])
    return form


def walk(request, user, patient):
    """From the app's link to the app's redirect URI, page by page. Returns the patients that the picker offered."""
    browser = Browser(request.stack.issuer)
    page = browser.open(request.url())
    offered = None
    for _ in range(6):
        if page.left_to:
            return page.left_to, offered
        expect(f"status of the page {page.heading!r}", 200, page.status)
        expect(f"Cache-Control of {page.heading!r}", "no-store", page.headers.get("Cache-Control"))
        if page.form_with("Sign in"):
            page = browser.press(page, sign_in(page, user), "Sign in")
        elif page.form_with("Continue"):
            form, offered = choose(page, patient)
            page = browser.press(page, form, "Continue")
        elif page.form_with("Allow"):
            page = browser.press(page, consent(page, request), "Allow")
        else:
            sys.exit(f"expected a page to sign in, choose or allow, got {page.heading!r} at {page.url}")
    sys.exit(f"expected to be back at the app after six pages, but am at {page.heading!r}")


def answer_in(request, url):
    """The parameters of a redirect to the app, which must carry `state` and `iss` whatever it says."""
    expect_that("the browser went to the redirect URI", url.partition("?")[0] == request.redirect_uri, url)
    answer = parse_qs(urlsplit(url).query, keep_blank_values=True)
    expect("state", [STATE], answer.get("state"))
    expect("iss", [request.stack.issuer], answer.get("iss"))
    return answer


def code_for(request, user, patient):
    """A code, and the patients that the picker offered on the way."""
    url, offered = walk(request, user, patient)
    answer = answer_in(request, url)
    expect("parameters of a good answer", {"code", "state", "iss"}, set(answer))
    return answer["code"][0], offered


def own_record(user, patients):
    """Whose record the walk opens: a patient's own, for others one from the middle of the list."""
    return user["fhirUser"].rpartition("/")[2] if user["role"] == "patient" else patients[len(patients) // 2]


def the_token_answer_is_whole(request, body, patient):
    """Source: SMART App Launch 2.2, app-launch#obtain-access-token."""
    expect("token_type", "bearer", body["token_type"].lower())
    expect("scope, byte for byte", request.parameters["scope"], body["scope"])
    expect("patient", patient, body["patient"])
    expect_lifetime(body["expires_in"], 3600)
    claims = request.stack.verify_access_token(body["access_token"])
    expect("patient in the access token", patient, claims["patient"])
    expect("client_id in the access token", request.client["client_id"], claims["client_id"])


def the_id_token_names_the_user(request, id_token, user):
    """Source: OpenID Connect Core 1.0 §2, §3.1.3.7; SMART App Launch 2.2, scopes-and-launch-context."""
    required = ["iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser"]
    claims = request.stack.verify(id_token, request.client["client_id"], ["RS256"], required)
    reference = "/".join(user["fhirUser"].split("/")[-2:])
    expect("nonce", request.nonce, claims["nonce"])
    expect("fhirUser", f"{request.stack.fhir}/{reference}", claims["fhirUser"])


def the_token_opens_what_was_allowed(request, token, user, patient):
    """The record that was chosen: 200. Another's, by a patient's own token: not a word of it."""
    def read(patient):
        return Http().get(f"{request.stack.fhir}/Patient/{patient}", headers={"Authorization": f"Bearer {token}"})

    own = read(patient)
    expect("status of reading the patient", 200, own.status_code)
    expect("id of the patient that was read", patient, own.json()["id"])
    if user["role"] == "patient":
        other = next(id for id in request.stack.facts["patients"] if id != patient)
        refusal = read(other)
        expect_that("another's record is refused", refusal.status_code in (403, 404), refusal.status_code)
        expect("what the refusal is", "OperationOutcome", refusal.json()["resourceType"])


def a_code_is_good_for_one_token(request, user, patient):
    """The whole walk, then the same code again."""
    code, offered = code_for(request, user, patient)
    answer = request.exchange(code)
    expect(f"status of the exchange {answer.text}", 200, answer.status_code)
    expect_not_cached("the exchange", answer)
    body = answer.json()
    the_token_answer_is_whole(request, body, patient)
    the_id_token_names_the_user(request, body["id_token"], user)
    the_token_opens_what_was_allowed(request, body["access_token"], user, patient)
    expect_refusal("a replayed code", request.exchange(code), 400, "invalid_grant")
    return offered


def of_many_exchanges_at_once_one_succeeds(request, user, patient, count=64):
    """All wait at a barrier, then present the same code in the same instant."""
    code, _ = code_for(request, user, patient)
    start = threading.Barrier(count)

    def exchange(_):
        start.wait()
        answer = request.exchange(code)
        return answer.status_code, answer.json().get("error")

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(exchange, range(count)))
    tally = {answer: answers.count(answer) for answer in set(answers)}
    expect(f"answers to {count} exchanges at once", {(200, None): 1, (400, "invalid_grant"): count - 1}, tally)


def a_bad_request_is_told_where_it_is_safe(request):
    """No PKCE: back to the app with an error. A strange redirect URI: a page, and no way out of it."""
    browser = Browser(request.stack.issuer)
    for changes in ({"code_challenge": None}, {"code_challenge_method": None}, {"code_challenge_method": "plain"}):
        page = browser.open(request.url(**changes))
        expect_that(f"a request with {changes} goes back to the app", page.left_to, page.heading)
        expect(f"error for {changes}", ["invalid_request"], answer_in(request, page.left_to).get("error"))
    for strange in (None, request.redirect_uri + "/", "https://attacker.example/"):
        answer = browser.http.get(request.url(redirect_uri=strange))
        expect(f"status for redirect_uri {strange}", 400, answer.status_code)
        expect(f"Location for redirect_uri {strange}", None, answer.headers.get("Location"))
        expect_that("the refusal is a page", answer.headers["Content-Type"].startswith("text/html"), answer.headers)


def main():
    stack = Stack(sys.argv[1])
    patients = stack.facts["patients"]
    for kind in ("public", "confidential-symmetric"):
        client = stack.client(kind)
        for role, scope in SCOPES.items():
            user = stack.user(role)
            patient = own_record(user, patients)
            offered = a_code_is_good_for_one_token(Request(stack, client, scope), user, patient)
            if role == "clinician":
                expect("patients missing from the picker's first page", set(), set(patients) - set(offered or []))
        of_many_exchanges_at_once_one_succeeds(Request(stack, client, scope), user, patient)
        a_bad_request_is_told_where_it_is_safe(Request(stack, client, scope))


main()
