mod every_page;

use super::*;
use crate::layout::tests::{form, html, sandbox, site};
use crate::layout::{Page, Site};
use every_page::*;

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
    later.known = Some(ClientFacts { secret: None, ..known("Growth Chart") });
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
    assert!(html.contains("Access token – shown once") && html.contains("Revoke this token"));
    let again = shown(&Token { token: None, ..token("x") }, &sandbox());
    assert!(!again.contains("Revoke") && again.contains("Reloading does not show it again."));
}

#[test]
fn pg_44_a_test_launch_that_was_denied_shows_no_token() {
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
