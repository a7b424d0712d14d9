"""A browser without script, as small as the flow needs: cookies, redirects, forms.

Forms are found by what a person reads on their buttons, never by the names of their fields.
"""

from html.parser import HTMLParser
from urllib.parse import urljoin

from peers import Http, expect_that


class Form:
    """A form of a page: where it goes, and its controls as they were served."""

    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").lower()
        self.controls = []
        self.buttons = []

    def controls_where(self, **attributes):
        """The controls that carry all of these attributes."""
        return [c for c in self.controls if all(c.get(name) == value for name, value in attributes.items())]

    def button(self, text):
        """The button of this text, if the form has it."""
        return next((button for button in self.buttons if button["text"] == text), None)

    def sent(self, button):
        """The fields that pressing this button sends, as a browser chooses them."""
        pressed = [(button["name"], button.get("value") or "")] if button.get("name") else []
        sent = [c for c in self.controls if is_sent(c)]
        return [(c["name"], c.get("value", "on" if can_be_ticked(c) else "")) for c in sent] + pressed


def can_be_ticked(control):
    """A box or a radio button."""
    return control.get("type") in ("checkbox", "radio")


def is_sent(control):
    """Whether a browser sends this control: it has a name, is not disabled and, if it can be ticked, is."""
    named = bool(control.get("name")) and "disabled" not in control
    return named and (not can_be_ticked(control) or "checked" in control)


class Reader(HTMLParser):
    """Collects the forms and the first heading of a page."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.heading = ""
        self.form = None
        self.text_goes_to = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.form = Form(attributes)
            self.forms.append(self.form)
        elif tag == "h1":
            self.text_goes_to = "heading"
        elif self.form and tag == "input":
            self.form.controls.append(attributes)
        elif self.form and tag == "button" and (attributes.get("type") or "submit") == "submit":
            self.form.buttons.append({**attributes, "text": ""})
            self.text_goes_to = "button"

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        if tag in ("h1", "button"):
            self.text_goes_to = None

    def handle_data(self, data):
        if self.text_goes_to == "heading":
            self.heading = f"{self.heading} {data}".strip()
        elif self.text_goes_to == "button":
            button = self.form.buttons[-1]
            button["text"] = f"{button['text']} {data}".strip()


class Page:
    """What a request ended at: a page of the service, or the address of an app to which it sent the browser."""

    def __init__(self, url, answer, left_to=None):
        self.url = url
        self.status = answer.status_code
        self.headers = answer.headers
        self.left_to = left_to
        self.text = "" if left_to else answer.text
        read = Reader(self.text)
        self.heading = read.heading
        self.forms = read.forms

    def form_with(self, button):
        """The form that has a button of this text, if the page has one."""
        return next((form for form in self.forms if form.button(button)), None)


class Browser:
    """Keeps the cookies of one person and follows redirects for as long as they stay at the service."""

    def __init__(self, home):
        self.home = home
        self.http = Http()

    def open(self, url):
        """What a link or a typed address leads to."""
        return self.arrive(url, self.http.get(url))

    def press(self, page, form, text):
        """Presses the button of this text, with the form's controls as they stand."""
        url = urljoin(page.url, form.action)
        fields = form.sent(form.button(text))
        if form.method == "post":
            headers = {"Origin": self.home, "Sec-Fetch-Site": "same-origin"}
            return self.arrive(url, self.http.post(url, data=fields, headers=headers))
        return self.arrive(url, self.http.get(url.partition("?")[0], params=fields))

    def arrive(self, url, answer):
        """Follows redirects, at most ten, until a page is shown or the service is left."""
        for _ in range(10):
            if "Location" not in answer.headers:
                return Page(url, answer)
            expect_that("a redirect is 302 or 303", answer.status_code in (302, 303), answer.status_code)
            url = urljoin(url, answer.headers["Location"])
            if not url.startswith(f"{self.home}/"):
                return Page(url, answer, left_to=url)
            answer = self.http.get(url)
        raise SystemExit(f"expected an end of redirects at {url}")
