//! Code samples with a client's own values: the one source of them, for pages and for the tests that run each.

use smart::service::Service;
use url::form_urlencoded::Serializer;

use super::AppKind;

/// One sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its name: "curl".
    pub title: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The code.
    pub text: String,
}

/// The client that samples are for.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its kind.
    pub kind: AppKind,
    /// Whether its secret comes in the body.
    pub secret_in_body: bool,
    /// Its id.
    pub client_id: &'a str,
    /// Its first redirect URI; empty for a backend service.
    pub redirect_uri: &'a str,
    /// Its scopes.
    pub scope: &'a str,
}

/// How to make a key pair on a command line, so that the private half stays there.
pub fn making_keys() -> Sample {
    Sample {
        title: "Make a key pair on a command line",
        about: "The private half stays on your machine; register what it prints.",
        text: include_str!("../../templates/samples/make_keys.sh").to_owned(),
    }
}

/// curl, JavaScript and Python for a client.
pub fn of(subject: &Subject<'_>, service: &Service) -> [Sample; 3] {
    let texts = Texts { subject, service };
    [
        Sample { title: "curl", about: "By hand, to see each request.", text: texts.curl() },
        Sample { title: "JavaScript", about: texts.about_javascript(), text: texts.javascript() },
        Sample { title: "Python", about: "As a script.", text: texts.python() },
    ]
}

struct Texts<'a> {
    subject: &'a Subject<'a>,
    service: &'a Service,
}

const APP_SH: &str = include_str!("../../templates/samples/app.sh");
const BACKEND_SH: &str = include_str!("../../templates/samples/backend.sh");
const ASSERTION_SH: &str = include_str!("../../templates/samples/assertion.sh");
const BROWSER_HTML: &str = include_str!("../../templates/samples/browser.html");
const APP_MJS: &str = include_str!("../../templates/samples/app.mjs");
const BACKEND_MJS: &str = include_str!("../../templates/samples/backend.mjs");
const IMPORTS_MJS: &str = include_str!("../../templates/samples/imports.mjs");
const APP_PY: &str = include_str!("../../templates/samples/app.py");
const KEYS_PY: &str = include_str!("../../templates/samples/keys.py");
const ASK_PY: &str = include_str!("../../templates/samples/ask.py");

const ASSERTION_FIELDS: &str = "-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\\n  \
    -d \"client_assertion=$head.$claims.$signature\"";

impl Texts<'_> {
    fn curl(&self) -> String {
        let id = shell(self.subject.client_id);
        let by_secret = || match self.subject.secret_in_body {
            false => format!("-u {id}:\"$CLIENT_SECRET\""),
            true => format!("-d client_id={id} --data-urlencode \"client_secret=$CLIENT_SECRET\""),
        };
        let (text, export, assertion, proof) = match self.subject.kind {
            AppKind::Public => (APP_SH, "", "", format!("-d client_id={id}")),
            AppKind::Secret => (APP_SH, " Export CLIENT_SECRET first.", "", by_secret()),
            AppKind::Keys => {
                let export = " And perl; private.pem is your private key, ES384. Export KID first.";
                (APP_SH, export, ASSERTION_SH.trim_end(), ASSERTION_FIELDS.to_owned())
            }
            AppKind::Backend => (BACKEND_SH, "", ASSERTION_SH.trim_end(), ASSERTION_FIELDS.to_owned()),
        };
        let text =
            text.replace("@export@", export).replace("@assertion@", assertion).replace("@proof@", &proof);
        self.filled(&text, shell)
    }

    const fn about_javascript(&self) -> &'static str {
        match self.subject.kind {
            AppKind::Public => "A page with the library fhirclient.",
            _ => "Node.js with the library openid-client.",
        }
    }

    fn javascript(&self) -> String {
        let text = match self.subject.kind {
            AppKind::Public => return self.filled(BROWSER_HTML, json),
            AppKind::Backend => BACKEND_MJS,
            AppKind::Secret | AppKind::Keys => APP_MJS,
        };
        let by_key = matches!(self.subject.kind, AppKind::Keys | AppKind::Backend);
        let proof = match (by_key, self.subject.secret_in_body) {
            (true, _) => {
                "client.PrivateKeyJwt({ key, kid: jwk.kid }, { [client.modifyAssertion]: (header) => { header.typ = \"JWT\"; } })"
            }
            (false, true) => "client.ClientSecretPost(process.env.CLIENT_SECRET)",
            (false, false) => "client.ClientSecretBasic(process.env.CLIENT_SECRET)",
        };
        let key = "const jwk = JSON.parse(await readFile(\"private.jwk\", \"utf8\"));\n\
            const curve = { name: \"ECDSA\", namedCurve: \"P-384\" };\n\
            const key = await crypto.subtle.importKey(\"jwk\", jwk, curve, false, [\"sign\"]);\n";
        let note =
            if by_key { ". private.jwk is your private key as a JWK, ES384, with its kid." } else { "" };
        let text = if by_key {
            text.replacen("\nconst config", &format!("\n{key}const config"), 1)
        } else {
            text.to_owned()
        };
        let insecure = if self.service.is_on_loopback() {
            ",\n  { execute: [client.allowInsecureRequests] } /* http, on this machine alone */"
        } else {
            ""
        };
        let imports = if by_key { IMPORTS_MJS } else { "" };
        let text = text.replace("@imports@", imports).replace("@keys_note@", note);
        self.filled(&text.replace("@proof@", proof).replace("@insecure@", insecure), json)
    }

    fn python(&self) -> String {
        let (text, imports, proof, ask, grant) = match self.subject.kind {
            AppKind::Public => (APP_PY, "", "token_endpoint_auth_method=\"none\"", "", ""),
            AppKind::Secret if self.subject.secret_in_body => (
                APP_PY,
                "import os\n",
                "os.environ[\"CLIENT_SECRET\"], token_endpoint_auth_method=\"client_secret_post\"",
                "",
                "",
            ),
            AppKind::Secret => (APP_PY, "import os\n", "os.environ[\"CLIENT_SECRET\"]", "", ""),
            AppKind::Keys => (
                KEYS_PY,
                "\nfrom base64 import urlsafe_b64encode\nfrom hashlib import sha256\nfrom urllib.parse import parse_qs, urlsplit",
                "",
                ASK_PY,
                "\"grant_type\": \"authorization_code\", \"code\": code, \"code_verifier\": verifier,\n    \"redirect_uri\": @redirect_uri@,",
            ),
            AppKind::Backend => {
                (KEYS_PY, "", "", "", "\"grant_type\": \"client_credentials\", \"scope\": @scope@,")
            }
        };
        let export = if self.subject.kind == AppKind::Secret { ". Export CLIENT_SECRET first." } else { "" };
        let text = text.replace("@ask@", ask).replace("@grant@", grant).replace("@imports@", imports);
        self.filled(&text.replace("@proof@", proof).replace("@export@", export), json)
    }

    /// The values, each as the language writes a text.
    fn filled(&self, text: &str, quoted: fn(&str) -> String) -> String {
        let (subject, service) = (self.subject, self.service);
        let values = [
            ("@client_id@", subject.client_id.to_owned()),
            ("@redirect_uri@", subject.redirect_uri.to_owned()),
            ("@scope@", subject.scope.to_owned()),
            ("@issuer@", service.issuer().to_owned()),
            ("@fhir_base_url@", service.fhir_base_url().to_owned()),
            ("@authorization_endpoint@", service.authorization_endpoint().to_owned()),
            ("@token_endpoint@", service.token_endpoint().to_owned()),
            ("@authorize_url@", self.authorize_url()),
        ];
        values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, &quoted(value)))
    }

    fn authorize_url(&self) -> String {
        let query = Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", self.subject.client_id),
                ("redirect_uri", self.subject.redirect_uri),
                ("scope", self.subject.scope),
                ("aud", self.service.fhir_base_url()),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("{}?{query}", self.service.authorization_endpoint())
    }
}

/// A text as a POSIX shell writes it.
fn shell(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// A text as JavaScript and Python write it, and as nothing in a page ends it.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service::new("https://auth.example.org", "https://auth.example.org/fhir")
    }

    fn subject(kind: AppKind) -> Subject<'static> {
        Subject {
            kind,
            secret_in_body: false,
            client_id: "c_1",
            redirect_uri: "https://app.example.org/it's</script>",
            scope: "launch/patient patient/*.rs",
        }
    }

    #[test]
    fn pg_52_every_sample_holds_the_clients_own_values_and_no_gap() {
        for kind in AppKind::ALL {
            for sample in of(&subject(kind), &service()) {
                assert!(sample.text.contains("c_1"), "{kind:?} {}", sample.title);
                assert!(!sample.text.contains('@'), "{kind:?} {}: {}", sample.title, sample.text);
                assert!(!sample.text.contains("allowInsecureRequests"));
                assert!(sample.text.len() < 2400, "{}", sample.text.len());
            }
        }
    }

    #[test]
    fn pg_52_a_secret_is_named_and_never_shown() {
        for sample in of(&subject(AppKind::Secret), &service()) {
            assert!(sample.text.contains("CLIENT_SECRET"), "{}", sample.text);
        }
    }

    #[test]
    fn g16_a_value_ends_no_text_of_the_language_it_stands_in() {
        let [curl, javascript, python] = of(&subject(AppKind::Public), &service());
        assert!(
            curl.text.contains(r"redirect_uri='https://app.example.org/it'\''s</script>'"),
            "{}",
            curl.text
        );
        for text in [&javascript.text, &python.text] {
            assert!(text.contains(r#""https://app.example.org/it's\u003c/script>""#), "{text}");
        }
        assert_eq!(json("\"\n"), r#""\"\n""#);
    }
}
