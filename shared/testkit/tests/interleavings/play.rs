//! One play: requests under way, what each has found and done, and what must be true at every step and at the end.

use std::collections::BTreeMap;
use std::pin::Pin;

use serde_json::Value;
use smart::error::ErrorCode;
use smart::grant::Renewable;
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;

use crate::model::{Effect, Phase, Terms};
use crate::world::{Access, AppRequest, NARROW, TokenResult, World, step};

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Send(AppRequest),
    SendAndWait(AppRequest),
    GoOn(usize),
    /// The process is gone, or the answer is lost.
    GiveUp(usize),
    Clock(i64),
    SigningFails(bool),
    SignOut,
    Disable(bool),
}

/// A request under way.
struct Sent {
    asked: AppRequest,
    shown: Option<String>,
    effect: Effect,
    now: UnixSeconds,
    /// Where the grant was when it was sent.
    found: Phase,
    may_succeed: bool,
    /// The place of the live token, each time it changed since.
    lived: Vec<u32>,
    /// How often others have changed the grant meanwhile.
    others: u32,
    did: Option<Phase>,
    request: Pin<Box<dyn Future<Output = TokenResult>>>,
}

pub(crate) struct Play {
    world: World,
    terms: Terms,
    phase: Phase,
    clock: UnixSeconds,
    sent: Vec<Sent>,
    /// The refresh token of each place that was ever live, by its hash.
    hashes: BTreeMap<u32, String>,
    /// What was given for what was shown; the code is shown as nothing.
    given: BTreeMap<Option<String>, String>,
    redeemed: u32,
    signing_failed: bool,
    signed_out: bool,
    disabled: bool,
    online: bool,
}

impl Play {
    pub(crate) fn new(access: Access) -> Self {
        let world = World::new(access);
        Self {
            terms: Terms { issued_at: NOW, until: world.until },
            world,
            phase: Phase::Fresh,
            clock: NOW,
            sent: Vec::new(),
            hashes: BTreeMap::new(),
            given: BTreeMap::new(),
            redeemed: 0,
            signing_failed: false,
            signed_out: false,
            disabled: false,
            online: matches!(access, Access::Online),
        }
    }

    pub(crate) fn take(&mut self, next: Step) {
        match next {
            Step::Send(asked) if self.sent.len() < 3 => self.send(asked),
            Step::Send(_) => {}
            Step::SendAndWait(asked) => drop(self.ask(asked)),
            Step::GoOn(place) if place < self.sent.len() => drop(self.go_on(place)),
            Step::GiveUp(place) if place < self.sent.len() => drop(self.sent.remove(place)),
            Step::GoOn(_) | Step::GiveUp(_) => {}
            Step::Clock(seconds) => self.clock = UnixSeconds(self.clock.0.saturating_add_signed(seconds)),
            Step::SigningFails(fails) => {
                self.world.signing_fails(fails);
                self.signing_failed |= fails;
            }
            Step::SignOut => {
                self.world.sign_out();
                self.signed_out = true;
            }
            Step::Disable(disabled) => {
                self.world.disable(disabled);
                self.disabled = disabled;
                let gone = self.disabled || (self.online && self.signed_out);
                for sent in &mut self.sent {
                    sent.may_succeed |= sent.found != Phase::Over && !gone;
                }
            }
        }
    }

    fn send(&mut self, asked: AppRequest) {
        let Some(request) = self.world.send(asked, self.clock) else { return };
        let shown = match asked {
            AppRequest::Refresh { token, .. } | AppRequest::Introspect { token } => self.world.token(token),
            _ => None,
        };
        let gone = self.disabled || (self.online && self.signed_out);
        let live = match self.phase {
            Phase::Open { live, .. } => vec![live],
            _ => Vec::new(),
        };
        self.sent.push(Sent {
            asked,
            shown: shown.map(str::to_owned),
            effect: self.world.effect(asked),
            now: self.clock,
            found: self.phase,
            may_succeed: self.phase != Phase::Over && !gone,
            lived: live,
            others: 0,
            did: None,
            request,
        });
    }

    /// Sends a request and waits for its answer, while no other goes on.
    fn ask(&mut self, asked: AppRequest) -> Option<TokenResult> {
        let before = self.sent.len();
        self.send(asked);
        if self.sent.len() == before {
            return None;
        }
        (0..100).find_map(|_| self.go_on(before)).or_else(|| panic!("{asked:?} does not come to an end"))
    }

    /// Lets one request go on by a step, and looks at what it did.
    fn go_on(&mut self, place: usize) -> Option<TokenResult> {
        let before = self.world.grant();
        let answer = step(&mut self.sent[place].request);
        let after = self.world.grant();
        if before != after {
            assert_eq!(after.version, before.version + 1, "one change at a time");
            assert_eq!((&after.scope, &after.code), (&before.scope, &before.code));
            self.has_changed(place, Phase::of(&after));
            if let Some(Renewable { family, .. }) = after.stage.renewable() {
                let known = self.hashes.entry(family.generation).or_insert_with(|| family.hash.clone());
                assert_eq!(known, &family.hash, "two live tokens of one place");
            }
        }
        let answer = answer?;
        let sent = self.sent.remove(place);
        self.answered(&sent, &answer);
        Some(answer)
    }

    fn has_changed(&mut self, place: usize, after: Phase) {
        let sent = &self.sent[place];
        let expected = self.terms.next(self.phase, sent.effect, sent.now);
        assert_eq!(Some(after), expected, "{:?} by {:?} at {:?}", self.phase, sent.asked, sent.now);
        self.phase = after;
        for (other, sent) in self.sent.iter_mut().enumerate() {
            if other == place {
                assert_eq!(sent.did.replace(after), None, "a request changes a grant once");
            } else {
                sent.others += 1;
            }
            if let Phase::Open { live, .. } = after {
                sent.lived.push(live);
            }
        }
    }

    fn answered(&mut self, sent: &Sent, answer: &TokenResult) {
        match answer {
            Ok(body) => self.succeeded(sent, body),
            Err((ErrorCode::TemporarilyUnavailable, "grant_contended")) => {
                assert!(sent.others >= 3, "sent away without need");
                return;
            }
            Err((ErrorCode::TemporarilyUnavailable, _)) => {
                assert!(self.signing_failed, "{answer:?}");
                assert_eq!(sent.did, None, "nothing has changed");
                return;
            }
            Err((code, _)) => {
                assert_eq!(*code, ErrorCode::InvalidGrant);
                assert!(matches!(sent.did, None | Some(Phase::Over)), "work done and not answered");
            }
        }
        // A replay or a stale token that found the grant open has ended it, whatever others did meanwhile.
        if self.terms.must_end(sent.found, sent.effect, sent.now) {
            assert_eq!(self.phase, Phase::Over, "{:?} has ended nothing", sent.asked);
        }
    }

    fn succeeded(&mut self, sent: &Sent, body: &Value) {
        match sent.asked {
            AppRequest::Redeem => {
                assert!(matches!(sent.did, Some(Phase::Open { .. })), "a token that lost its race");
                self.redeemed += 1;
                assert_eq!(self.redeemed, 1, "a code was exchanged twice");
                self.released(sent, body);
            }
            AppRequest::Refresh { narrow, .. } => {
                assert_ne!(sent.did, Some(Phase::Over));
                assert!(sent.may_succeed, "after its end, or the person's");
                assert_eq!(narrow, body["scope"] == NARROW);
                self.released(sent, body);
            }
            AppRequest::Introspect { .. } => {
                let lived = |place| sent.found != Phase::Over && sent.lived.contains(&place);
                let token = self.world.read(sent.shown.as_ref().unwrap());
                assert!(body["active"] == false || lived(token.generation()), "alive after its end");
            }
            AppRequest::Revoke { .. } => {}
            AppRequest::RedeemWrongly(_) | AppRequest::RefreshOfAnother { .. } => {
                panic!("{:?} succeeded", sent.asked)
            }
        }
    }

    /// What must be true of tokens that were given out.
    fn released(&mut self, sent: &Sent, body: &Value) {
        let payload = body["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
        let ends = UnixSeconds(claims["exp"].as_u64().unwrap());
        assert_eq!(claims["grant"], Value::from(self.world.key.0.clone()));
        assert!(self.terms.until.is_none_or(|until| ends <= until), "it outlives what was allowed");
        assert!(self.phase == Phase::Over || ends <= self.world.grant().expires_at, "it outlives its grant");
        let Some(token) = body["refresh_token"].as_str() else {
            assert_eq!(self.terms.until, None);
            return;
        };
        let place = self.world.read(token).generation();
        assert!(sent.lived.contains(&place), "never live while it was asked for");
        assert_eq!(self.hashes[&place], self.world.read(token).secret_hash(), "a token that lost its race");
        let before = self.given.entry(sent.shown.clone()).or_insert_with(|| token.to_owned());
        assert_eq!(before, token, "two successors of one token");
        self.world.keep(token);
    }

    /// Lets all requests come to their end, and sees what is left.
    pub(crate) fn end(mut self) {
        while !self.sent.is_empty() {
            self.go_on(0);
        }
        self.take(Step::SigningFails(false));
        self.take(Step::Disable(false));
        self.what_lives_is_good();
        let was = self.phase;
        let replay = self.ask(AppRequest::Redeem).unwrap();
        assert!(was == Phase::Fresh || (replay.is_err() && self.phase == Phase::Over));
        if self.phase == Phase::Over {
            for token in 0..self.world.tokens.len() {
                assert!(self.ask(AppRequest::Refresh { token, narrow: false }).unwrap().is_err());
                assert_eq!(self.ask(AppRequest::Introspect { token }).unwrap().unwrap()["active"], false);
            }
        }
    }

    /// A code that was not exchanged can be, however many requests with it were given up; so can the live refresh token,
    /// or for a moment the one before it.
    fn what_lives_is_good(&mut self) {
        match self.phase {
            Phase::Fresh => {
                let in_time = self.terms.next(self.phase, Effect::Redeem, self.clock).is_some();
                let online = self.online && self.signed_out;
                assert_eq!(self.ask(AppRequest::Redeem).unwrap().is_ok(), in_time && !online);
            }
            Phase::Open { live, since } if !(self.online && self.signed_out) => {
                let Some(newest) = self.world.token(0).map(|token| self.world.read(token).generation())
                else {
                    return;
                };
                let good = newest == live
                    || self.terms.next(self.phase, Effect::Refresh(newest), self.clock).is_none();
                if good && self.terms.is_usable(since, self.clock) {
                    let answer = self.ask(AppRequest::Refresh { token: 0, narrow: false }).unwrap();
                    assert!(answer.is_ok(), "{live} {newest} {answer:?}");
                }
            }
            Phase::Open { .. } | Phase::Over => {}
        }
    }
}
