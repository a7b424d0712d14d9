use serde_json::json;

use super::*;

fn checked(value: &Value) -> Result<LaunchOrder, Vec<String>> {
    let pointers = |faults: Vec<FieldError>| faults.into_iter().map(|fault| fault.pointer).collect();
    LaunchOrder::check(value.as_object().unwrap()).map_err(pointers)
}

#[test]
fn lc_8_all_that_an_ehr_may_say_is_taken() {
    let order = checked(&json!({
        "client_id": "app", "user": "ann", "patient": "123", "encounter": "e-1.2", "intent": "reconcile",
        "need_patient_banner": false, "smart_style_url": "https://ehr.example.org/style.1.json", "tenant": "north",
        "embedded": true,
        "fhirContext": [
            { "reference": "ImagingStudy/9" },
            { "reference": "Patient/7", "role": "https://example.org/role/donor" },
            { "canonical": "https://example.org/Questionnaire/1", "type": "Questionnaire" },
            { "identifier": { "value": "a" }, "type": "MedicationRequest", "role": "launch" },
        ],
    }))
    .unwrap();
    assert_eq!((order.patient.as_deref(), order.encounter.as_deref()), (Some("123"), Some("e-1.2")));
    assert_eq!(order.context.need_patient_banner, Some(false));
    assert_eq!(order.context.fhir_context.len(), 4);
    assert!(order.embedded);
}

#[test]
fn lc_8_every_member_that_is_no_good_is_named_at_once() {
    let faults = checked(&json!({
        "client_id": 7, "patient": "Patient/123", "intent": "", "need_patient_banner": "true",
        "smart_style_url": "http://ehr.example.org/style.json", "tenant": "a\nb", "embedded": 1, "more": 1,
        "fhirContext": ["ImagingStudy/9"],
    }))
    .unwrap_err();
    let mut faults = faults;
    faults.sort();
    assert_eq!(
        faults,
        [
            "/client_id",
            "/embedded",
            "/fhirContext",
            "/intent",
            "/more",
            "/need_patient_banner",
            "/patient",
            "/smart_style_url",
            "/tenant",
            "/user"
        ]
    );
    let alone = checked(&json!({ "client_id": "app", "user": "ann", "encounter": "e" })).unwrap_err();
    assert_eq!(alone, ["/encounter"]);
}

#[test]
fn lc_8_a_context_item_names_something_and_plays_a_part() {
    for item in [
        json!({}),
        json!({ "role": "https://example.org/role" }),
        json!({ "reference": "https://fhir.example.org/ImagingStudy/9" }),
        json!({ "reference": "imagingstudy/9" }),
        json!({ "reference": "Patient/1" }),
        json!({ "reference": "Encounter/1", "role": "launch" }),
        json!({ "reference": "ImagingStudy/9", "role": "" }),
        json!({ "reference": "ImagingStudy/9", "role": "donor" }),
        json!({ "canonical": "Questionnaire" }),
        json!({ "identifier": "a" }),
        json!({ "reference": 7 }),
    ] {
        assert!(!is_context_item(&item), "{item}");
    }
}

#[test]
fn a15_a_launch_is_good_for_its_client_until_it_ends_and_once() {
    let now = UnixSeconds(1_000);
    let (ours, others): (ClientId, ClientId) = ("app".parse().unwrap(), "other".parse().unwrap());
    let launch = Launch {
        key: LaunchHandle::draw().key(),
        client_id: ours.clone(),
        made_by: "ehr".parse().unwrap(),
        user_name: "ann".to_owned(),
        subject: "sub".to_owned(),
        patient: None,
        encounter: None,
        context: Context::default(),
        embedding_origins: Vec::new(),
        spent_on: None,
        expires_at: now + LAUNCH_LIFETIME,
    };
    let reason = |launch: Option<&Launch>, client: &ClientId, grant: Option<&GrantKey>, at: UnixSeconds| {
        Launch::admit(launch.cloned(), client, grant, at).err().map(|error| error.reason())
    };
    assert_eq!(reason(Some(&launch), &ours, None, now + Duration::from_secs(299)), None);
    assert_eq!(reason(Some(&launch), &ours, None, now + LAUNCH_LIFETIME), Some("launch_unknown"));
    assert_eq!(reason(Some(&launch), &others, None, now), Some("launch_unknown"));
    assert_eq!(reason(None, &ours, None, now), Some("launch_unknown"));
    let spent = Launch { spent_on: Some(GrantKey("a".to_owned())), ..launch };
    assert_eq!(reason(Some(&spent), &ours, None, now), Some("launch_spent"));
    assert_eq!(reason(Some(&spent), &ours, Some(&GrantKey("b".to_owned())), now), Some("launch_spent"));
    assert_eq!(reason(Some(&spent), &ours, Some(&GrantKey("a".to_owned())), now), None);
}

#[test]
fn a15_only_what_we_can_have_drawn_is_a_handle() {
    let handle = LaunchHandle::draw();
    assert_eq!(LaunchHandle::parse(handle.text()).unwrap().key(), handle.key());
    for text in
        ["", "launch_", "launch_abc", &handle.text()[7..], &format!("{}A", handle.text()), &"x".repeat(5000)]
    {
        assert!(LaunchHandle::parse(text).is_none(), "{text}");
    }
}
