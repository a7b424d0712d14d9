//! What happens next, one row for each state of a request.

use super::super::*;
use super::world::{NOW, World, user};
use crate::session::Session;
use crate::user::Role;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use std::time::Duration;

/// Checks what happens next in each world.
fn check(table: impl IntoIterator<Item = (&'static str, World, &'static str)>) {
    for (name, world, expected) in table {
        assert_eq!(world.next(), expected, "{name}");
    }
}

const CONSENT: &str = "ask consent: launch/patient patient/*.rs";

#[test]
fn a_request_is_kept_only_where_no_url_can_carry_it() {
    let brought = |brought| World::with(|world| world.brought = brought);
    let kept = |by_this_browser| brought(Brought::Kept { by_this_browser });
    check([
        ("a short one stays in its URL", brought(Brought::ShortUrl), "list of patients: Some([\"ann\"])"),
        ("a long one is kept", brought(Brought::LongUrl), "keep"),
        (
            "one that is too long is refused",
            brought(Brought::TooLong),
            "refuse: invalid_request (request_too_long)",
        ),
        ("a kept one continues in its browser", kept(true), "list of patients: Some([\"ann\"])"),
        ("and in no other browser", kept(false), "out of date"),
    ]);
}

#[test]
fn with_nothing_to_give_no_user_is_asked_to_sign_in() {
    let nothing = |world: &mut World| world.scope = "system/*.rs";
    let signed_out = World::with(|world| {
        nothing(world);
        world.session = None;
    });
    let elsewhere = World::with(|world| {
        nothing(world);
        world.brought = Brought::Kept { by_this_browser: false };
    });
    let for_clinicians = World::with(|world| {
        world.rules.ceilings.patient = ScopeSet::parse("openid");
    });
    check([
        ("no user is signed in", signed_out, "refuse: invalid_scope (scope_nothing_left)"),
        ("another browser", elsewhere, "refuse: invalid_scope (scope_nothing_left)"),
        ("this user can give nothing", for_clinicians, "back: invalid_scope (scope_nothing_left)"),
    ]);
}

#[test]
fn pt_3_a_user_signs_in_if_none_is_or_the_app_or_the_user_or_the_launch_asks() {
    let asked = |prompt: Option<&'static str>, max_age, age: Option<u64>, is_fresh| {
        World::with(|world| {
            world.prompt = prompt;
            world.max_age = max_age;
            let auth_time = age.map(|age| UnixSeconds(NOW.0 - age));
            world.progress = Some(Progress::begun("sub-ann".to_owned(), auth_time, is_fresh, NOW));
        })
    };
    let continues = "list of patients: Some([\"ann\"])";
    let too_long_ago = "sign in: TooLongAgo";
    let for_another = World::launched(|launch| launch.subject = "sub-ben".to_owned());
    check([
        ("no user", World::with(|world| world.session = None), "sign in: NotSignedIn"),
        ("another user is wanted", World::with(|world| world.another_user = true), "sign in: AnotherWanted"),
        ("launched by another user", for_another.clone(), "sign in: LaunchedByAnother"),
        ("nothing asked", asked(None, None, None, false), continues),
        ("prompt=login", asked(Some("login"), None, Some(0), false), "sign in: PromptLogin"),
        (
            "prompt=select_account",
            asked(Some("select_account"), None, Some(0), false),
            "sign in: PromptLogin",
        ),
        ("prompt=login, signed in for it", asked(Some("login"), None, Some(0), true), continues),
        ("prompt=consent asks for no sign-in", asked(Some("consent"), None, Some(0), false), continues),
        ("max_age=0 is prompt=login", asked(None, Some("0"), Some(0), false), "sign in: PromptLogin"),
        ("max_age=0, signed in for it", asked(None, Some("0"), Some(0), true), continues),
        ("young enough", asked(None, Some("60"), Some(60), false), continues),
        ("too old", asked(None, Some("60"), Some(61), false), too_long_ago),
        ("too old, but for this request", asked(None, Some("60"), Some(61), true), continues),
        ("of unknown age", asked(None, Some("60"), None, false), too_long_ago),
        ("of unknown age, and no matter", asked(None, None, None, false), continues),
    ]);
    let both = World { another_user: true, ..for_another };
    check([("the launch is named first", both, "sign in: LaunchedByAnother")]);
    // A user who signed in for the request as the wrong user must still change.
    let fresh_but_another = World {
        progress: Some(Progress::begun("sub-ann".to_owned(), Some(NOW), true, NOW)),
        ..World::launched(|launch| launch.subject = "sub-ben".to_owned())
    };
    check([("signed in as another", fresh_but_another, "sign in: LaunchedByAnother")]);
}

#[test]
fn a_frame_without_cookies_leads_to_a_new_window_unless_no_page_may_be_shown() {
    let framed = |session: bool, prompt| {
        World::with(|world| {
            world.framed_without_cookie = true;
            world.session = world.session.take().filter(|_| session);
            world.prompt = prompt;
        })
    };
    check([
        ("no user", framed(false, None), "open in new window"),
        ("a user is signed in", framed(true, None), "list of patients: Some([\"ann\"])"),
        ("no page may be shown", framed(false, Some("none")), "refuse: login_required (login_required)"),
    ]);
}

#[test]
fn only_what_comes_after_the_sign_in_is_for_its_user() {
    let is_attended = |world: &World| world.on(|journey| journey.next().is_attended());
    for before_the_sign_in in [
        World::with(|world| world.brought = Brought::LongUrl),
        World::with(|world| world.brought = Brought::Kept { by_this_browser: false }),
        World::with(|world| world.scope = "system/*.rs"),
        World::with(|world| world.prompt = Some("login")),
        World::with(|world| {
            world.prompt = Some("none");
            world.max_age = Some("0");
        }),
    ] {
        assert!(!is_attended(&before_the_sign_in), "{}", before_the_sign_in.next());
    }
    for after in [
        World::new(),
        World::new().with_patient("ann"),
        World::with(|world| world.rules.ceilings.patient = ScopeSet::parse("openid")),
        World::with(|world| world.prompt = Some("none")).with_patient("ann"),
    ] {
        assert!(is_attended(&after), "{}", after.next());
    }
}

#[test]
fn the_patient_comes_from_the_launch_or_from_the_list_or_is_not_needed() {
    let asks = |scope| World::with(|world| world.scope = scope);
    let clinician = |mut world: World| {
        world.user = user(Role::Clinician);
        world
    };
    let ann_and = World::with(|world| world.user.patients = vec!["ben".to_owned()]);
    let no_record = World::with(|world| world.user.fhir_user = None);
    check([
        ("of the user's own records", ann_and, "list of patients: Some([\"ann\", \"ben\"])"),
        ("a user without any", no_record, "list of patients: Some([])"),
        ("of all that the FHIR API shows", clinician(World::new()), "list of patients: None"),
        ("of the launch", World::launched(|_| ()), "patient: [\"ann\"]"),
        (
            "of a launch that the user may not see",
            World::launched(|l| l.patient = Some("ben".to_owned())),
            "patient: []",
        ),
        (
            "of a launch, for a clinician",
            clinician(World::launched(|l| l.patient = Some("ben".to_owned()))),
            "patient: [\"ben\"]",
        ),
        ("a launch with no id", World::launched(|l| l.patient = Some("a/b".to_owned())), "patient: []"),
        (
            "a launch without a patient",
            World::launched(|launch| launch.patient = None),
            "list of patients: Some([\"ann\"])",
        ),
        ("none is needed", asks("openid user/*.rs"), "ask consent: openid user/*.rs"),
        ("one is settled", World::new().with_patient("ann"), CONSENT),
        ("one is settled that no scope needs", asks("openid").with_patient("ann"), "ask consent: openid"),
    ]);
    // A launch that the app does not ask for says nothing.
    let unasked = World { scope: "openid", ..World::launched(|_| ()) };
    check([("the scope launch is missing", unasked, "ask consent: openid")]);
    // Nor does one that the app asks for and cannot have.
    let unregistered = World { registered: "launch/patient patient/*.rs", ..World::launched(|_| ()) };
    check([("the scope launch is not registered", unregistered, "list of patients: Some([\"ann\"])")]);
}

#[test]
fn pt_20_the_encounter_comes_from_the_launch_or_from_the_list_or_is_left_out() {
    let with = |encounter| {
        let mut world = World::with(|world| world.scope = "launch/patient launch/encounter patient/*.rs")
            .with_patient("ann");
        world.progress = world.progress.map(|progress| progress.with_encounter(encounter));
        world
    };
    let mut launched =
        World::launched(|launch| launch.encounter = Some("visit".to_owned())).with_patient("ann");
    launched.scope = "launch launch/encounter patient/*.rs";
    check([
        ("to be chosen", with(ChosenEncounter::Open), "list of encounters of ann"),
        (
            "chosen",
            with(ChosenEncounter::Chosen("visit".to_owned())),
            "ask consent: launch/patient launch/encounter patient/*.rs",
        ),
        ("left out", with(ChosenEncounter::Without), "ask consent: launch/patient patient/*.rs"),
        ("of the launch", launched, "ask consent: launch launch/encounter patient/*.rs"),
    ]);
}

#[test]
fn prompt_none_shows_no_page_and_tells_the_app_why() {
    let none = |change: fn(&mut World)| {
        World::with(|world| {
            world.prompt = Some("none");
            change(world);
        })
    };
    let old: fn(&mut World) = |world| {
        world.max_age = Some("60");
        world.now = NOW + Duration::from_secs(61);
    };
    let encounter =
        none(|world| world.scope = "launch/patient launch/encounter patient/*.rs").with_patient("ann");
    check([
        ("no user", none(|world| world.session = None), "refuse: login_required (login_required)"),
        ("a sign-in that is too old", none(old), "refuse: login_required (login_required)"),
        ("an encounter", encounter, "back: interaction_required (interaction_required)"),
        ("consent", none(|_| ()).with_patient("ann"), "back: consent_required (consent_required)"),
        ("the list may hold one patient", none(|_| ()), "list of patients: Some([\"ann\"])"),
        ("a long request is kept", none(|world| world.brought = Brought::LongUrl), "keep"),
    ]);
}

#[test]
fn pg_25_a_remembered_consent_spares_the_user_the_same_question() {
    let remembered = |change: fn(&mut World)| {
        let mut world = World::new().with_patient("ann");
        world.before = world.allowed(0).consent;
        assert!(world.before.is_some());
        change(&mut world);
        world
    };
    let lasting = |days| {
        let mut world = World::with(|world| world.scope = "launch/patient patient/*.rs offline_access")
            .with_patient("ann");
        world.before = world.allowed(days).consent;
        world
    };
    let later = |days: u64, mut world: World| {
        world.now = NOW + Duration::from_secs(days * 86_400);
        let session = Session::begun("later".to_owned(), &world.user, world.now, Duration::from_secs(60));
        world.progress = None;
        world.session = Some(session);
        world.with_patient("ann")
    };
    check([
        ("the same", remembered(|_| ()), "issue"),
        ("less", remembered(|world| world.scope = "launch/patient patient/Patient.r"), "issue"),
        ("under prompt=none", remembered(|world| world.prompt = Some("none")), "issue"),
        (
            "more",
            remembered(|world| world.scope = "launch/patient patient/*.rs user/*.rs"),
            "ask consent: launch/patient patient/*.rs user/*.rs",
        ),
        ("the app wants to ask", remembered(|world| world.prompt = Some("consent")), CONSENT),
        (
            "the organisation remembers nothing",
            remembered(|world| world.rules.remember = Remember::Never),
            CONSENT,
        ),
        ("for 90 days", later(89, remembered(|_| ())), "issue"),
        ("and no longer", later(90, remembered(|_| ())), CONSENT),
        ("lasting access was allowed", lasting(30), "issue"),
        (
            "lasting access was not allowed",
            lasting(0),
            "ask consent: launch/patient patient/*.rs offline_access",
        ),
        (
            "lasting access is over",
            later(31, lasting(30)),
            "ask consent: launch/patient patient/*.rs offline_access",
        ),
    ]);
    let nothing_kept = World::with(|world| world.rules.remember = Remember::Never).with_patient("ann");
    assert!(nothing_kept.allowed(0).consent.is_none());
    let ten_days = World::with(|world| world.rules.remember = Remember::Days(10)).with_patient("ann");
    assert_eq!(ten_days.allowed(0).consent.unwrap().expires_at, NOW + Duration::from_secs(10 * 86_400));
}

#[test]
fn an_app_cannot_name_a_user_without_a_resource_nor_come_back_if_it_is_registered_for_an_hour() {
    let asks = |fhir_user: Option<&str>, registered| {
        World::with(|world| {
            world.scope = "openid fhirUser user/*.rs offline_access";
            world.user.fhir_user = fhir_user.map(str::to_owned);
            world.registered = registered;
        })
    };
    check([
        (
            "all of it",
            asks(Some("Practitioner/ann"), super::world::ALL),
            "ask consent: openid fhirUser user/*.rs offline_access",
        ),
        ("no resource", asks(None, super::world::ALL), "ask consent: openid user/*.rs offline_access"),
        (
            "not registered to come back",
            asks(None, "openid fhirUser user/*.rs"),
            "ask consent: openid user/*.rs",
        ),
    ]);
}
