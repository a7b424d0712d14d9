//! Every page of the account home, in each of its texts the same.

use smart::registration::Problem;
use smart_verify::time::UnixSeconds;

use crate::account::*;
use crate::consent::Withheld;
use crate::layout::Page;
use crate::layout::tests::form;

/// A frame in which every text is `text`.
pub(super) fn frame(section: Section, text: &str) -> Frame {
    let link = |id: &str| ClientLink {
        id: id.into(),
        name: text.into(),
        kind: "public",
        state: Some("waits"),
        current: id == "c1",
    };
    Frame {
        name: text.into(),
        administrator: true,
        may_register: true,
        sign_out: form(),
        section,
        clients: (1..=10).map(|number| link(&format!("c{number}"))).collect(),
        more_clients: true,
        notice: None,
        faults: Vec::new(),
    }
}

pub(super) fn faulty(section: Section, field: &'static str) -> Frame {
    let fault = Fault { field, message: "Line 2: use https.".into() };
    Frame { faults: vec![fault], ..frame(section, "Ann") }
}

pub(super) fn known(text: &str) -> ClientFacts {
    ClientFacts {
        id: "c1".into(),
        name: text.into(),
        kind: "confidential",
        state: "Works.",
        has_secrets: true,
        owner: Some(text.into()),
        request: Some(text.into()),
        secret: Some("smart_secret_invented".into()),
        part: ClientPart::Settings,
    }
}

pub(super) fn values(text: &str) -> ClientValues {
    ClientValues {
        name: text.into(),
        redirect_uris: text.into(),
        launch_url: text.into(),
        jwks_uri: text.into(),
        jwks: text.into(),
        scope: text.into(),
        longest_access: text.into(),
        client_uri: text.into(),
        policy_uri: text.into(),
        contact: text.into(),
        ..ClientValues::default()
    }
}

pub(super) fn client(text: &str) -> Client {
    Client {
        frame: frame(Section::Clients, text),
        form: Some(form()),
        known: Some(known(text)),
        values: values(text),
        conflicts: vec![FieldConflict { field: "App name", theirs: text.into(), yours: text.into() }],
        keys_checked: Some(text.into()),
        needs_pages: false,
    }
}

pub(super) fn new_client() -> Client {
    Client {
        frame: frame(Section::Clients, "Ann"),
        known: None,
        conflicts: Vec::new(),
        keys_checked: None,
        values: ClientValues::default(),
        ..client("Ann")
    }
}

pub(super) fn withheld(text: &str) -> Vec<Withheld> {
    vec![Withheld { scope: text.into(), why: text.into() }]
}

pub(super) fn token(text: &str) -> Token {
    Token {
        frame: frame(Section::Tokens, text),
        token: Some(text.into()),
        ends: text.into(),
        granted: vec![text.into()],
        withheld: withheld(text),
        claims: vec![(text.into(), text.into())],
        curl: text.into(),
        revoke: form(),
    }
}

pub(super) fn test_launch(text: &str) -> TestLaunch {
    let pairs = || vec![(text.to_owned(), text.to_owned())];
    let came = CameBack {
        left_out: vec![text.into()],
        sent: pairs(),
        authorized: pairs(),
        status: Some(200),
        answered: pairs(),
        access_token: pairs(),
        id_token: pairs(),
        withheld: pairs(),
        given_back: true,
    };
    let known = ClientFacts { part: ClientPart::TestLaunch, secret: None, ..known(text) };
    TestLaunch { frame: frame(Section::Clients, text), known, form: Some(form()), came: Some(came) }
}

pub(super) fn assertion(text: &str) -> CheckAssertion {
    let rule = |outcome| Rule {
        name: text.into(),
        outcome,
        found: text.into(),
        expected: text.into(),
        says: Some(text.into()),
        remedy: Some(text.into()),
    };
    CheckAssertion {
        frame: frame(Section::Backend, text),
        form: form(),
        clients: frame(Section::Backend, text).clients,
        rules: vec![rule(RuleOutcome::Holds), rule(RuleOutcome::Fails), rule(RuleOutcome::NotReached)],
        clock: Some(text.into()),
        private_key_sent: true,
    }
}

pub(super) fn every_page(text: &str) -> Vec<Box<dyn Page>> {
    let own = || text.to_owned();
    let sample = samples::Sample { title: "curl", about: "By hand.", text: own() };
    let problem = Problem {
        at: UnixSeconds(1_779_580_800),
        endpoint: own(),
        error: own(),
        reason: own(),
        sentence: own(),
        cause: Some(own()),
        request_id: own(),
    };
    let person = TestPerson {
        name: own(),
        about: own(),
        password: Some(own()),
        display_name: Some(own()),
        born: Some("1980-05-24".into()),
        fhir_user: Some(own()),
        holds: Some(own()),
    };
    let secret = SecretLine { last_four: own(), made: own(), ends: own(), end: Some(form()) };
    let difference = Difference { member: own(), before: own(), requested: own(), after: own() };
    let line = ApprovalLine { id: "c1".into(), name: own(), about: own() };
    let clients = || frame(Section::AllClients, text).clients.into_iter();
    vec![
        Box::new(Home {
            frame: frame(Section::Home, text),
            has_client: true,
            addresses: vec![("Issuer", own())],
        }),
        Box::new(CreateAccount { form: form(), username: own(), faults: Vec::new() }),
        Box::new(ChangePassword {
            frame: frame(Section::Password, text),
            form: Some(form()),
            username: own(),
        }),
        Box::new(SetPassword { form: form(), username: own(), faults: Vec::new() }),
        Box::new(PasswordSet { username: own() }),
        Box::new(client(text)),
        Box::new(DeleteClient { frame: frame(Section::Clients, text), form: form(), known: known(text) }),
        Box::new(Samples {
            frame: frame(Section::Clients, text),
            known: known(text),
            samples: vec![sample.clone()],
            test_launch: Some(form()),
        }),
        Box::new(test_launch(text)),
        Box::new(Problems {
            frame: frame(Section::Clients, text),
            known: known(text),
            latest: vec![problem.into()],
        }),
        Box::new(Secrets {
            frame: frame(Section::Clients, text),
            known: known(text),
            secrets: vec![secret],
            add: Some(form()),
            typed: false,
        }),
        Box::new(Clients {
            frame: frame(Section::AllClients, text),
            clients: clients().map(|one| (one, Some(own()))).collect(),
            query: own(),
            next_url: None,
        }),
        Box::new(AskForToken {
            frame: frame(Section::Tokens, text),
            form: form(),
            clients: vec![ScopesOf { id: own(), name: own(), chosen: true }],
            scope: own(),
        }),
        Box::new(token(text)),
        Box::new(TestPatients { frame: frame(Section::Patients, text), people: vec![person] }),
        Box::new(Backend {
            frame: frame(Section::Backend, text),
            token_endpoint: own(),
            audiences: vec![own()],
            algorithms: vec![own()],
            services: clients().collect(),
            making_keys: sample,
        }),
        Box::new(assertion(text)),
        Box::new(Approvals { frame: frame(Section::Approvals, text), lines: vec![line], next_url: None }),
        Box::new(Approval {
            frame: frame(Section::Approvals, text),
            id: "c1".into(),
            name: own(),
            about: own(),
            owner: own(),
            differences: vec![difference],
            report: withheld(text),
            scope: own(),
            form: Some(form()),
        }),
    ]
}
