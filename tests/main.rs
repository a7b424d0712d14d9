//! One journey a file, all through the real handlers, the real SDK and API Gateway events.

mod backend_services;
mod bad_input;
mod calls;
mod discovery;
mod fhir_access;
mod registration_api;
mod standalone_launch;
mod support;
mod template;
