//! The account home with invented data.

use std::io;

use pages::account::{
    AppKind, Approval, ApprovalLine, Approvals, AskForToken, Backend, CameBack, ChangePassword,
    CheckAssertion, Client, ClientFacts, ClientLink, ClientPart, ClientValues, Clients, CreateAccount,
    DeleteClient, Difference, Fault, FieldConflict, Frame, Home, PasswordSet, Problems, RefusedRequest, Rule,
    RuleOutcome, Samples, ScopesOf, SecretLine, Secrets, Section, SetPassword, TestLaunch, TestPatients,
    TestPerson, Token, samples,
};
use pages::consent::Withheld;
use pages::layout::{Form, Page};
use smart::registration::Problem;
use smart::service::Service;
use smart_verify::time::UnixSeconds;

use super::NOW;

const ID: &str = "c_9fK2mQ7xWb1TzR4sVd8uYg";

type Write<'a> = &'a dyn Fn(&str, &dyn Page) -> io::Result<()>;

/// Calls `write` with each page and its name.
pub(super) fn each(write: Write<'_>) -> io::Result<()> {
    let issuer = "https://auth.example.org";
    let service = Service::new(issuer, &format!("{issuer}/fhir"));
    let addresses = vec![
        ("FHIR base URL", service.fhir_base_url().to_owned()),
        ("Issuer", service.issuer().to_owned()),
        ("Authorize", service.authorization_endpoint().to_owned()),
        ("Token", service.token_endpoint().to_owned()),
        ("JWKS", service.jwks_uri().to_owned()),
    ];
    write("account", &Home { frame: frame(Section::Home), has_client: false, addresses })?;
    passwords(write)?;
    clients(write, &service)?;
    tokens(write)?;
    backend(write, &service)?;
    approvals(write)
}

fn passwords(write: Write<'_>) -> io::Result<()> {
    let short = || vec![Fault { field: "password", message: "Use at least 12 characters.".into() }];
    write("account_create", &CreateAccount { form: form(), username: String::new(), faults: Vec::new() })?;
    write("account_create_wrong", &CreateAccount { form: form(), username: "ann".into(), faults: short() })?;
    let change =
        ChangePassword { frame: frame(Section::Password), form: Some(form()), username: "ann".into() };
    write("account_password", &change)?;
    write("account_set_password", &SetPassword { form: form(), username: "ann".into(), faults: Vec::new() })?;
    write("account_password_set", &PasswordSet { username: "ann".into() })
}

fn clients(write: Write<'_>, service: &Service) -> io::Result<()> {
    let new = Client {
        frame: Frame { clients: Vec::new(), ..frame(Section::Clients) },
        form: Some(form()),
        known: None,
        values: ClientValues::default(),
        conflicts: Vec::new(),
        keys_checked: None,
        needs_pages: false,
    };
    write("account_client_new", &new)?;
    let fault = |field, message: &str| Fault { field, message: message.into() };
    let faults = vec![
        fault("client_name", "Enter the app's name."),
        fault("redirect_uris", "Line 2: http is allowed only for localhost and 127.0.0.1; use https."),
    ];
    write(
        "account_client_wrong",
        &Client { frame: Frame { faults, ..frame(Section::Clients) }, ..new.clone() },
    )?;
    write("account_client_ask", &Client { form: None, ..new.clone() })?;
    let notice = Some("Registered “Growth Chart”.".to_owned());
    let values = ClientValues {
        name: "Growth Chart".into(),
        kind: AppKind::Secret,
        redirect_uris: "https://app.example.org/callback\nhttp://127.0.0.1:8000/callback".into(),
        scope: "launch/patient openid fhirUser patient/*.rs".into(),
        ..ClientValues::default()
    };
    let registered = Client {
        frame: Frame { notice, ..frame(Section::Clients) },
        known: Some(ClientFacts { secret: Some("smart_secret_invented_and_shown_once".into()), ..known() }),
        values,
        ..new
    };
    write("account_client_registered", &registered)?;
    let conflicts =
        vec![FieldConflict { field: "App name", theirs: "Growth".into(), yours: "Growth Chart".into() }];
    let stale = Client { frame: frame(Section::Clients), known: Some(known()), conflicts, ..registered };
    write("account_client_stale", &stale)?;
    write(
        "account_client_delete",
        &DeleteClient { frame: frame(Section::Clients), form: form(), known: known() },
    )?;
    let secret = |last_four: &str, ends: &str| SecretLine {
        last_four: last_four.into(),
        made: "24 May 2026".into(),
        ends: ends.into(),
        end: Some(form()),
    };
    let secrets = vec![secret("1a2b", "24 May 2026, 15:00 UTC"), secret("9z8y", "does not end")];
    let part = |part| ClientFacts { part, ..known() };
    let page = Secrets {
        frame: frame(Section::Clients),
        known: part(ClientPart::Secrets),
        secrets,
        add: None,
        typed: false,
    };
    write("account_client_secrets", &page)?;
    let launch = TestLaunch {
        frame: frame(Section::Clients),
        known: part(ClientPart::TestLaunch),
        form: Some(form()),
        came: Some(came_back()),
    };
    write("account_client_test_launch", &launch)?;
    let problem = |error: &str, reason: &str, sentence: &str| {
        RefusedRequest::from(Problem {
            at: UnixSeconds(NOW.0 - 300),
            endpoint: "/token".into(),
            error: error.into(),
            reason: reason.into(),
            sentence: sentence.into(),
            cause: Some("kid k2 is not among the keys".into()),
            request_id: "req-1a2b".into(),
        })
    };
    let latest = vec![problem("invalid_grant", "code_spent", "the code was already used.")];
    let problems =
        |latest| Problems { frame: frame(Section::Clients), known: part(ClientPart::Problems), latest };
    write("account_client_problems", &problems(latest))?;
    write("account_client_problems_none", &problems(Vec::new()))?;
    for kind in AppKind::ALL {
        let subject = samples::Subject {
            kind,
            secret_in_body: false,
            client_id: ID,
            redirect_uri: "https://app.example.org/callback",
            scope: "launch/patient openid fhirUser patient/*.rs",
        };
        let samples = samples::of(&subject, service).to_vec();
        let page = Samples {
            frame: frame(Section::Clients),
            known: part(ClientPart::Samples),
            samples,
            test_launch: Some(form()),
        };
        write(&format!("account_client_samples_{}", kind.value()), &page)?;
    }
    let everybodys = |query: &str, clients: Vec<ClientLink>| Clients {
        frame: frame(Section::AllClients),
        clients: clients.into_iter().map(|one| (one, Some("u_invented".into()))).collect(),
        query: query.into(),
        next_url: Some("account_clients.html".into()),
    };
    write("account_clients", &everybodys("", links()))?;
    write("account_clients_none", &everybodys("zoe", Vec::new()))
}

fn came_back() -> CameBack {
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    CameBack {
        left_out: vec!["launch".into()],
        sent: pair("response_type", "code"),
        authorized: pair("code", "hidden"),
        status: Some(200),
        answered: pair("token_type", "Bearer"),
        access_token: pair("scope", "patient/*.rs"),
        id_token: pair("fhirUser", "Patient/ann"),
        withheld: pair("user/*.cruds", "The client is not registered for it."),
        given_back: true,
    }
}

fn tokens(write: Write<'_>) -> io::Result<()> {
    let client = |id: &str, name: &str, chosen| ScopesOf { id: id.into(), name: name.into(), chosen };
    let ask = AskForToken {
        frame: frame(Section::Tokens),
        form: form(),
        clients: vec![client("tool", "Test token tool", true), client(ID, "Growth Chart", false)],
        scope: "launch/patient openid fhirUser patient/*.rs".into(),
    };
    write("account_tokens", &ask)?;
    let token = Token {
        frame: frame(Section::Tokens),
        token: Some("eyJhbGciOiJSUzI1NiJ9.aW52ZW50ZWQ.c2lnbmF0dXJl".repeat(8)),
        ends: "24 May 2026, 14:15 UTC".into(),
        granted: vec!["launch/patient".into(), "patient/*.rs".into()],
        withheld: vec![Withheld {
            scope: "user/*.cruds".into(),
            why: "The client is not registered for it.".into(),
        }],
        claims: vec![("sub".into(), "u_invented".into()), ("client_id".into(), "test-token-tool".into())],
        curl: "curl -H \"Authorization: Bearer $TOKEN\" https://auth.example.org/fhir/Patient/ann".into(),
        revoke: form(),
    };
    write("account_token", &token)?;
    write("account_token_again", &Token { token: None, ..token })?;
    let person = |name: &str, about: &str| TestPerson {
        name: name.into(),
        about: about.into(),
        password: Some(format!("{name}-demo-password")),
        display_name: Some("Alma Sample".into()),
        born: Some("1980-05-24".into()),
        fhir_user: Some(format!("Patient/{name}")),
        holds: Some("4 results, 1 condition".into()),
    };
    let people =
        vec![person("alma", "a patient who also looks after others"), person("clara", "a clinician")];
    write("account_patients", &TestPatients { frame: frame(Section::Patients), people })
}

fn backend(write: Write<'_>, service: &Service) -> io::Result<()> {
    let page = Backend {
        frame: frame(Section::Backend),
        token_endpoint: service.token_endpoint().to_owned(),
        audiences: vec![service.issuer().to_owned(), service.token_endpoint().to_owned()],
        algorithms: vec!["RS384".into(), "ES384".into()],
        services: links().split_off(1),
        making_keys: samples::making_keys(),
    };
    write("account_backend", &page)?;
    let rule = |name: &str, outcome| Rule {
        name: name.into(),
        outcome,
        found: "3600".into(),
        expected: "at most 300 seconds ahead".into(),
        says: Some("exp is 3600 s ahead; at most 300 s is allowed.".into()),
        remedy: Some("Set exp to four minutes from now.".into()),
    };
    let rules = vec![
        rule("form", RuleOutcome::Holds),
        rule("lifetime", RuleOutcome::Fails),
        rule("replay", RuleOutcome::NotReached),
    ];
    let checked = CheckAssertion {
        frame: frame(Section::Backend),
        form: form(),
        clients: links(),
        rules,
        clock: Some("Your clock and ours agree.".into()),
        private_key_sent: false,
    };
    write("account_assertion", &checked)
}

fn approvals(write: Write<'_>) -> io::Result<()> {
    let line =
        ApprovalLine { id: ID.into(), name: "Growth Chart".into(), about: "a new client, waits".into() };
    let list = |lines| Approvals { frame: frame(Section::Approvals), lines, next_url: None };
    write("account_approvals", &list(vec![line]))?;
    write("account_approvals_none", &list(Vec::new()))?;
    let difference = Difference {
        member: "scope".into(),
        before: "patient/Patient.rs".into(),
        requested: "patient/*.cruds".into(),
        after: "patient/*.cruds".into(),
    };
    let one = Approval {
        frame: frame(Section::Approvals),
        id: ID.into(),
        name: "Growth Chart".into(),
        about: "A change, asked for on 24 May 2026. It waits.".into(),
        owner: "u_invented".into(),
        differences: vec![difference],
        report: vec![Withheld { scope: "patient/*.cruds".into(), why: "Reduced to patient/*.rs.".into() }],
        scope: "patient/*.cruds".into(),
        form: Some(form()),
    };
    write("account_approval", &one)
}

fn frame(section: Section) -> Frame {
    Frame {
        name: "Ann Sample".into(),
        administrator: matches!(section, Section::AllClients | Section::Approvals),
        may_register: true,
        sign_out: form(),
        section,
        clients: links(),
        more_clients: false,
        notice: None,
        faults: Vec::new(),
    }
}

fn links() -> Vec<ClientLink> {
    let link = |id: &str, name: &str, kind, state, current| ClientLink {
        id: id.into(),
        name: name.into(),
        kind,
        state,
        current,
    };
    vec![
        link(ID, "Growth Chart", "confidential app", None, true),
        link("c_2", "Nightly export", "backend service", Some("waits to be approved"), false),
    ]
}

fn known() -> ClientFacts {
    ClientFacts {
        id: ID.into(),
        name: "Growth Chart".into(),
        kind: "confidential app",
        state: "It works.",
        has_secrets: true,
        owner: None,
        request: None,
        secret: None,
        part: ClientPart::Settings,
    }
}

fn form() -> Form {
    super::form()
}
