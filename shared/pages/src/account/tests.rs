use smart::registration::Problem;
use smart::time::UnixSeconds;

use super::*;
use crate::consent::Withheld;
use crate::layout::tests::{form, html, sandbox, site};
use crate::layout::{Page, Site};

/// A frame in which every text is `text`.
fn frame(section: Section, text: &str) -> Frame {
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

fn faulty(section: Section, field: &'static str) -> Frame {
    let fault = Fault { field, message: "Line 2: use https.".into() };
    Frame { faults: vec![fault], ..frame(section, "Ann") }
}

fn known(text: &str) -> Known {
    Known {
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

fn values(text: &str) -> ClientValues {
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

fn client(text: &str) -> Client {
    Client {
        frame: frame(Section::Clients, text),
        form: Some(form()),
        known: Some(known(text)),
        values: values(text),
        meanwhile: vec![Meanwhile { field: "App name", theirs: text.into(), yours: text.into() }],
        keys_checked: Some(text.into()),
        needs_pages: false,
    }
}

fn new_client() -> Client {
    Client {
        frame: frame(Section::Clients, "Ann"),
        known: None,
        meanwhile: Vec::new(),
        keys_checked: None,
        values: ClientValues::default(),
        ..client("Ann")
    }
}

fn withheld(text: &str) -> Vec<Withheld> {
    vec![Withheld { scope: text.into(), why: text.into() }]
}

fn token(text: &str) -> Token {
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

fn test_launch(text: &str) -> TestLaunch {
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
    let known = Known { part: ClientPart::TestLaunch, secret: None, ..known(text) };
    TestLaunch { frame: frame(Section::Clients, text), known, form: Some(form()), came: Some(came) }
}

fn assertion(text: &str) -> CheckAssertion {
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

fn every_page(text: &str) -> Vec<Box<dyn Page>> {
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

/// A page with its rules held, and those of the account home.
fn shown(page: &dyn Page, site: &Site) -> String {
    struct Only<'a>(&'a dyn Page);
    impl Page for Only<'_> {
        fn html(&self, site: &Site) -> Result<String, askama::Error> {
            self.0.html(site)
        }
    }
    html(&Only(page), site)
}

#[test]
fn g16_nothing_that_others_wrote_becomes_an_element_or_an_attribute() {
    // Shorter than the canary of other pages: some of these show it dozens of times.
    let canary = "\"><b>'";
    for page in every_page(canary) {
        assert!(!shown(&*page, &sandbox()).contains("<b>"));
    }
}

#[test]
fn ux_5_every_page_of_the_account_home_has_a_skip_link_and_its_sections() {
    for page in
        every_page("Ann").iter().filter(|page| page.html(&site()).unwrap().contains("class=\"sections\""))
    {
        let html = shown(&**page, &site());
        assert!(html.contains("<a class=\"skip\" href=\"#main\">") && html.contains("<main id=\"main\">"));
        assert!(html.contains("<nav class=\"sections\" aria-label=\"Account\">"));
        assert!(html.contains("<button class=\"quiet\">Sign out</button>"), "pg_35");
        let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "an id twice: {ids:?}");
    }
}

#[test]
fn pg_36_the_list_names_each_client_with_kind_and_state_and_where_one_is() {
    let html = shown(&client("Growth Chart"), &site());
    assert!(html.contains("<nav class=\"side\" aria-label=\"Your clients\">"));
    assert!(html.contains("<a href=\"/account/clients/c1\" aria-current=\"page\"><bdi>Growth Chart</bdi></a> <span class=\"muted\">public · waits</span>"), "{html}");
    assert!(html.contains("href=\"/account/clients/new\">New</a>"));
    let empty =
        Client { frame: Frame { clients: Vec::new(), ..frame(Section::Clients, "Ann") }, ..new_client() };
    assert!(shown(&empty, &site()).contains("You have no clients yet."));
}

#[test]
fn pg_38_the_form_has_its_accessible_names_in_order() {
    let html = shown(&new_client(), &site());
    let mut at = 0;
    for name in [
        ">App name</label>",
        "<legend>Kind of app</legend>",
        "Runs in the browser or on a phone (public)",
        "Has a server that keeps a secret (confidential)",
        "Has a server with a key pair (recommended)",
        "Runs without a user (backend service)",
        ">Redirect URIs</label>",
        ">Launch URL",
        "Always on: it keeps a stolen code useless.",
        "<legend>Client secret</legend>",
        "Make one for me, and show it once</label>",
        "I will type one</label>",
        "stored only as a hash",
        "type=\"password\"",
        "<legend>How the app sends its secret</legend>",
        "<legend>Public keys</legend>",
        ">JWKS URL</label>",
        ">Paste a JWKS</label>",
        "Check keys",
        "<legend>Scopes</legend>",
        "Read everything",
        "Vitals and labs",
        ">Exact scopes</label>",
        ">Longest access</label>",
        ">1 hour</option>",
        ">30 days</option>",
        ">90 days</option>",
        ">1 year</option>",
        ">Home page",
        ">Privacy page",
        ">Contact e-mail",
        ">Register client</button>",
    ] {
        let found = html[at..].find(name).unwrap_or_else(|| panic!("{name} after {at} in {html}"));
        at += found;
    }
}

#[test]
fn pg_38_a_longest_access_that_was_set_elsewhere_stays() {
    for (days, words) in [("", "As long as this server allows"), ("90", "90 days"), ("45", "45 days")] {
        let values = ClientValues { longest_access: days.into(), ..values("x") };
        let html = shown(&Client { values, ..client("Growth Chart") }, &site());
        assert_eq!(html.matches(" selected>").count(), 1);
        assert!(html.contains(&format!("<option value=\"{days}\" selected>{words}</option>")), "{html}");
    }
}

#[test]
fn ux_9_what_is_refused_is_said_at_the_top_and_at_its_field() {
    let html = shown(&Client { frame: faulty(Section::Clients, "redirect_uris"), ..new_client() }, &site());
    assert!(html.contains("<title>Error: Register SMART Clients – "));
    assert!(html.contains("role=\"alert\" tabindex=\"-1\" autofocus"));
    assert!(html.contains("<a href=\"#redirect_uris\">Line 2: use https.</a>"));
    assert!(html.contains("aria-invalid=\"true\" aria-describedby=\"redirect_uris-fault\""));
    assert!(html.contains("id=\"redirect_uris-fault\">Line 2: use https.</p>"));
}

#[test]
fn pg_39_a_secret_stands_in_a_box_that_says_it_is_shown_once() {
    let html = shown(&client("Growth Chart"), &site());
    assert!(html.contains("<h2 id=\"once\">Client secret – shown once</h2>"));
    assert!(html.contains("Store it now. We keep only a hash.") && html.contains("Copy client secret"));
    assert!(html.contains("Copy client ID") && html.contains(">Update</button>"));
    let mut later = client("Growth Chart");
    later.known = Some(Known { secret: None, ..known("Growth Chart") });
    assert!(!shown(&later, &site()).contains("shown once"));
}

#[test]
fn pg_45_who_may_not_register_is_told_whom_to_ask() {
    let html = shown(&Client { form: None, ..new_client() }, &site());
    assert!(html.contains("your site administrator") && !html.contains("Register client"));
}

#[test]
fn pg_41_deleting_asks_on_a_page_of_its_own() {
    let page =
        DeleteClient { frame: frame(Section::Clients, "Ann"), form: form(), known: known("Growth Chart") };
    let html = shown(&page, &site());
    assert!(html.contains("<h1>Delete “<bdi>Growth Chart</bdi>”?</h1>"), "{html}");
    assert!(html.contains("Delete client</button>") && html.contains(">Keep it</a>"));
    assert!(html.contains("This cannot be undone."));
}

#[test]
fn pg_47_a_token_is_shown_once_with_what_was_not_granted() {
    let html = shown(&token("x"), &sandbox());
    for part in
        ["Access token – shown once", "Copy token", "Not granted", "What it says", "Revoke this token"]
    {
        assert!(html.contains(part), "{part}");
    }
    let again = shown(&Token { token: None, ..token("x") }, &sandbox());
    assert!(!again.contains("Revoke") && again.contains("Reloading does not show it again."));
}

#[test]
fn pg_44_a_test_launch_says_what_it_does_not_try_and_shows_each_step() {
    let html = shown(&test_launch("x"), &sandbox());
    for part in [
        "1. The app sends you to the authorization endpoint",
        "2. It sends you back to the app",
        "3. The token endpoint answers 200",
        "What the access token says",
        "What the id_token says",
        "Not granted",
        "It does not try the app's code, its redirect URIs, its secret or its keys.",
        "Start a test launch</button>",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let denied = CameBack { sent: vec![("scope".into(), "x".into())], ..CameBack::default() };
    let html = shown(&TestLaunch { came: Some(denied), ..test_launch("x") }, &sandbox());
    assert!(html.contains("It came back without a token.") && !html.contains("3. The token endpoint"));
}

#[test]
fn pg_48_pg_49_what_is_for_test_servers_is_offered_nowhere_else() {
    let mut frame = frame(Section::Password, "Ann");
    frame.administrator = false;
    let page = ChangePassword { frame, form: None, username: "ann".into() };
    let production = shown(&page, &site());
    assert!(!production.contains("/account/tokens") && !production.contains("/account/patients"));
    assert!(!production.contains("/account/approvals"));
    let test_server = shown(&page, &sandbox());
    assert!(test_server.contains("/account/tokens") && test_server.contains("/account/patients"));
}

#[test]
fn a_private_key_that_was_sent_is_not_passed_over() {
    let html = shown(&assertion("x"), &site());
    assert!(html.contains("do not use this key any more"));
    assert!(html.contains("The service would refuse this assertion."));
    assert!(html.contains("not ok") && html.contains("not looked at"));
}
