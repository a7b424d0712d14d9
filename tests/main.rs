//! The tests of the whole workspace: journeys through the real handlers, the real SDK and API Gateway events, one per file,
//! and checks of documents, template and modules.

#![allow(clippy::unwrap_used, reason = "a journey that cannot go on has failed")]

mod account;
mod assertions;
mod audit;
mod backend_services;
mod bad_input;
mod calls;
mod canary;
mod connected_apps;
mod contracts;
mod discovery;
mod docs;
mod ehr_launch;
mod environment;
mod faults;
mod fhir_access;
mod fuzz_corpus;
mod known_scopes;
mod lasting_access;
mod layers;
mod live_settings;
mod long_requests;
mod metric_filters;
mod origin;
mod outages;
mod policies;
mod races;
mod recent_problems;
mod redacted;
mod registration_api;
mod replays;
mod self_registration;
mod sign_in;
mod standalone_launch;
mod stored_grants;
mod stored_items;
mod support;
mod system_accounts;
mod template;
