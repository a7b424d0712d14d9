//! What is wrong with an authorization request, or with the launch it belongs to.

use super::{Reason, reason};

pub(super) const REASONS: &[Reason] = &[
    reason(
        "client_unknown",
        "No client of this client_id may send people here: it is not registered, was deleted, or is disabled.",
        "Compare client_id with your registration, character by character, and check that it is one of this server.",
    ),
    reason(
        "redirect_uri_mismatch",
        "The redirect_uri is not one that was registered for this client. Nobody is sent there, not even with an error.",
        "Send exactly a registered address. A slash at the end, a port, a query and upper case all count.",
    ),
    reason(
        "response_type",
        "This server answers an authorization request with a code, and with nothing else.",
        "Send response_type=code.",
    ),
    reason(
        "response_mode",
        "The answer comes in the query of your redirect_uri, and in no other way.",
        "Leave response_mode out, or send query.",
    ),
    reason(
        "state_missing",
        "There is no state. SMART requires it: your app recognises its own request by it.",
        "Send a value that nobody can guess, keep it, and compare it when the person comes back.",
    ),
    reason(
        "aud_missing",
        "There is no aud. It says which FHIR server the token is for, so that your app cannot be tricked into sending a \
         token elsewhere.",
        "Send aud with the FHIR base URL, in an EHR launch the value of iss.",
    ),
    reason(
        "aud_foreign",
        "The aud is not the FHIR server that this service issues tokens for.",
        "Send the FHIR base URL exactly as the SMART configuration was found at; only a slash at its end is ignored.",
    ),
    reason(
        "resource_foreign",
        "The resource is not the FHIR server that this service issues tokens for, or differs from aud.",
        "Leave resource out, or send the same FHIR base URL as in aud.",
    ),
    reason(
        "challenge_missing",
        "There is no code_challenge. Every app needs PKCE here, also one with a secret.",
        "Draw a code_verifier, and send the base64url SHA-256 of it as code_challenge with code_challenge_method=S256.",
    ),
    reason(
        "challenge_method",
        "The code_challenge_method is not S256. Left out it would mean plain, which protects nothing.",
        "Send code_challenge_method=S256.",
    ),
    reason(
        "challenge_malformed",
        "The code_challenge is not a SHA-256 in base64url.",
        "Send 43 characters of A-Z a-z 0-9 - _, without padding.",
    ),
    reason(
        "scope_missing",
        "There is no scope, so nothing was asked for; or the access token you sent does not have the scope that this \
         needs.",
        "Ask for the scopes you need, with spaces between them.",
    ),
    reason(
        "scope_characters",
        "The scope holds a character that no scope may hold, such as a quotation mark or a line break.",
        "Separate scopes by single spaces, and encode the value once.",
    ),
    reason(
        "scope_too_long",
        "The scope is longer than 8 KiB.",
        "Ask for wider scopes instead of many narrow ones.",
    ),
    reason(
        "scope_nothing_left",
        "Of what was asked nothing may be granted to this client here.",
        "Compare your scopes with those registered. patient/ and user/ need a person; system/ is for backend services.",
    ),
    reason(
        "prompt_unknown",
        "The prompt holds a word that is not known.",
        "Use none, login, consent or select_account.",
    ),
    reason(
        "prompt_contradiction",
        "The value none of prompt forbids every page, and another value asks for one.",
        "Send prompt=none alone, or leave none out.",
    ),
    reason(
        "max_age",
        "The max_age is not a number of seconds.",
        "Send a whole number from 0, such as max_age=300.",
    ),
    reason(
        "login_required",
        "Nobody is signed in, and prompt=none forbids asking.",
        "Send the person here again without prompt=none.",
    ),
    reason(
        "consent_required",
        "The person must be asked whether they allow this, and prompt=none forbids asking.",
        "Send the person here again without prompt=none.",
    ),
    reason(
        "interaction_required",
        "The person must choose something, such as a patient, and prompt=none forbids asking.",
        "Send the person here again without prompt=none.",
    ),
    reason(
        "request_object",
        "Request objects, by value or by address, are not taken.",
        "Send the parameters themselves, by GET or, where they are long, by POST.",
    ),
    reason(
        "registration_parameter",
        "A client cannot register itself within an authorization request.",
        "Register the client first, and leave the parameter registration out.",
    ),
    reason(
        "code_grant_not_registered",
        "This client is a backend service: it acts for itself and cannot send people here.",
        "Register an app for what people are to allow, or use the grant client_credentials.",
    ),
    reason(
        "launch_missing",
        "The scope launch asks for what is open in an EHR, but there is no launch parameter.",
        "Pass on the launch value that the EHR opened your app with. To start outside an EHR ask for launch/patient \
         instead.",
    ),
    reason(
        "launch_malformed",
        "The launch parameter is not a handle that was made here.",
        "Pass it on as it came to your launch URL, decoded once.",
    ),
    reason(
        "launch_unknown",
        "The launch handle is not known for your app. It is good for 5 minutes, once, and for one app alone.",
        "Open the app from the EHR again.",
    ),
    reason(
        "launch_spent",
        "The launch handle was used before. Each is good for one authorization.",
        "Open the app from the EHR again.",
    ),
    reason(
        "launch_patient",
        "The patient that was open in the EHR may not be seen by the person who signed in.",
        "Sign in as the person who opened the app, or open the app from a record that they may see.",
    ),
    reason(
        "patient_not_listed",
        "The chosen patient is not one that the person may see.",
        "Choose a patient from the list.",
    ),
    reason(
        "encounter_not_listed",
        "The chosen visit is not one of the patient's.",
        "Choose a visit from the list, or go on without one.",
    ),
    reason(
        "patients_unavailable",
        "The FHIR server does not answer, so the patients cannot be listed. Nothing is lost.",
        "Try again shortly. If it lasts, the people who run the FHIR server can see why.",
    ),
    reason(
        "encounters_unavailable",
        "The FHIR server does not answer, so the visits cannot be listed. Nothing is lost.",
        "Try again shortly, or go on without a visit.",
    ),
    reason(
        "id_token_hint",
        "The id_token_hint is not an id_token of ours for your app, or names somebody else than who is signed in.",
        "Leave id_token_hint out, or send the last id_token that your app was given for this person.",
    ),
    reason(
        "user_contended",
        "The account is being changed at the same moment.",
        "Send the same request again.",
    ),
    reason(
        "client_gone",
        "The client whose access token was sent was deleted or disabled.",
        "The people who run this service can enable it again.",
    ),
    reason(
        "person_denied",
        "The person decided not to allow this. Nothing was shared.",
        "Tell them what the app can do without, and let them begin again when they like.",
    ),
    reason(
        "form_out_of_date",
        "The page belongs to another session, or has lain too long. Nothing was done.",
        "Go back to the app and begin again.",
    ),
    reason(
        "flow_expired",
        "A long authorization request is kept for 15 minutes, and this one is gone.",
        "Go back to the app and begin again.",
    ),
    reason(
        "draft_not_sealed",
        "The page could not be made. Nothing was shared.",
        "Try again shortly. If it lasts, the people who run this service find the cause in the log.",
    ),
    reason(
        "user_disabled",
        "The account may not sign in any more.",
        "The people who run this service can enable it again.",
    ),
];
