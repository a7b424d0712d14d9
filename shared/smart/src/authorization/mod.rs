//! The authorization journey: what an app asks, which page the user sees next, and the grant that a consent makes.
//!
//! All of it is pure. A handler reads what a journey needs, asks [`Journey::next`] where it is, and does what the answer
//! names. Only [`Allowed::issue`] makes a grant, and only an [`Offer`] makes an [`Allowed`].

mod audience;
mod checked;
mod context;
mod days;
mod draft;
mod journey;
mod offer;
mod progress;
mod reauthentication;
mod redirect;
mod request;

pub use checked::{Brought, CheckedRequest, RequestFacts, RequestRefused};
pub use context::{EncounterFrom, PATIENTS_ON_A_PAGE, PatientFrom, Settled};
pub use days::HowLong;
pub use draft::{Draft, Issuance};
pub use journey::{Attended, Journey, Next, PatientSearch, Remember, Rules, Visitor, Wish};
pub use offer::{AllowRefused, Allowed, Answer, Offer};
pub use progress::{ChosenEncounter, ChosenPatient, Progress, STEP_LIFETIME};
pub use reauthentication::{Freshness, WhySignIn};
pub use redirect::RedirectTarget;
pub use request::{Addressed, AuthorizationRequest, Prompt};

#[cfg(test)]
mod tests;
