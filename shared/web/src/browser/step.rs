//! The sealed step: the progress of one authorization between two pages, carried in the URL instead of a table, so that
//! reload, Back and two tabs work.

use smart::authorization::Progress;
use smart_verify::time::UnixSeconds;

use crate::browser::seal::{PageKeys, Purpose, SealFailed, binding};

/// What a step belongs to: it opens in no other session, for no other client and for no other request.
#[derive(Clone, Copy)]
pub struct StepBinding<'a> {
    /// The id of the session.
    pub session: &'a [u8],
    /// The client that asks.
    pub client_id: &'a str,
    /// A hash of the request's parameters, our own left out.
    pub request: &'a [u8],
}

impl StepBinding<'_> {
    /// Seals progress so that it opens for the same session, client and request alone.
    ///
    /// # Errors
    /// Never for progress; the seal's own error is passed on.
    pub fn seal(&self, progress: &Progress, keys: &PageKeys) -> Result<String, SealFailed> {
        keys.seal(Purpose::Step, progress, &self.bytes())
    }

    /// Opens a step that has not ended; nothing for anything else.
    pub fn open(&self, sealed: &str, keys: &PageKeys, now: UnixSeconds) -> Option<Progress> {
        let progress: Progress = keys.open(Purpose::Step, sealed, &self.bytes())?;
        (now < progress.ends_at).then_some(progress)
    }

    fn bytes(&self) -> Vec<u8> {
        binding(&[self.session, self.client_id.as_bytes(), self.request])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use smart::authorization::STEP_LIFETIME;

    use super::*;
    use crate::browser::seal::tests::keys;

    const NOW: UnixSeconds = UnixSeconds(1_700_000_000);
    const HERE: StepBinding<'_> = StepBinding { session: b"session", client_id: "app", request: b"request" };

    fn progress() -> Progress {
        Progress::begun("sub".to_owned(), Some(NOW), true, NOW)
    }

    #[test]
    fn a_step_opens_until_it_ends() {
        let sealed = HERE.seal(&progress(), &keys()).unwrap();
        assert_eq!(HERE.open(&sealed, &keys(), NOW), Some(progress()));
        assert!(HERE.open(&sealed, &keys(), NOW + Duration::from_secs(599)).is_some());
        assert_eq!(HERE.open(&sealed, &keys(), NOW + STEP_LIFETIME), None);
    }

    #[test]
    fn s07_a_step_of_another_session_client_or_request_is_nothing() {
        let sealed = HERE.seal(&progress(), &keys()).unwrap();
        let others = [
            StepBinding { session: b"another", ..HERE },
            StepBinding { client_id: "another", ..HERE },
            StepBinding { request: b"another", ..HERE },
            StepBinding { session: b"sessiona", client_id: "pp", ..HERE },
        ];
        for other in others {
            assert_eq!(other.open(&sealed, &keys(), NOW), None);
        }
    }
}
