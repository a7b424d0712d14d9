//! The query of the authorization request, and the few parameters in it that are ours.

use form_urlencoded::Serializer;
use smart::authorization::Brought;
use smart::long_request::FlowHandle;
use smart::parameters::Parameters;
use smart::random;

/// Ours: how far the user has come, what they look for, and what a page should say again.
const OURS: [&str; 6] = ["step", "q", "offset", "username", "switch", "nothing"];

/// How long a request in a URL may be: 6 KiB. A longer one is kept, and its handle takes its place in the URL.
const MAX_LENGTH: usize = 6 * 1024;

/// How long a request may be at all: 16 KiB.
const MAX_KEPT: usize = 16 * 1024;

/// No list is paged further than this.
const MAX_OFFSET: usize = 100_000;

/// A request's parameters with those of ours that came with it.
#[derive(Debug)]
pub(crate) struct UiParams {
    /// All of them, decoded.
    pub(crate) form: Parameters,
    /// What takes the request's place in our own URLs: its parameters as they were sent, or the handle of its flow.
    pub(crate) query: String,
    /// A hash of the request's own parameters, which steps and forms are bound to.
    pub(crate) hash: Vec<u8>,
}

impl UiParams {
    pub(crate) fn new(query: String, form: Parameters) -> Self {
        Self { hash: hash(&form), form, query }
    }

    /// How a request that is not kept was brought: whether its URL leaves room for what we add to it.
    pub(crate) fn brought(&self) -> Brought {
        match self.query.len() {
            _ if fits(&self.query) => Brought::ShortUrl,
            ..=MAX_KEPT => Brought::LongUrl,
            _ => Brought::TooLong,
        }
    }

    /// One of our own parameters.
    pub(crate) fn own(&self, name: &'static str) -> Option<&str> {
        self.form.all(name).next().filter(|value| !value.is_empty())
    }

    /// The step that came with the request, still sealed.
    pub(crate) fn sealed_step(&self) -> &str {
        self.own("step").unwrap_or_default()
    }

    /// How many patients of the list are skipped.
    pub(crate) fn offset(&self) -> usize {
        self.own("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0).min(MAX_OFFSET)
    }

    /// The address of `/authorize` with this request and some parameters of ours.
    pub(crate) fn address(&self, ours: &[(&str, &str)]) -> String {
        address(&self.query, ours)
    }

    /// The same, and the step that came with the request.
    pub(crate) fn address_with_step(&self, ours: &[(&str, &str)]) -> String {
        let step = [("step", self.sealed_step())];
        address(&self.query, &[&step[..], ours].concat())
    }

    /// Another path of this function with this request.
    pub(crate) fn at(&self, path: &str) -> String {
        at(path, &self.query, &[])
    }

    /// The same, and the step that came with the request.
    pub(crate) fn at_with_step(&self, path: &str) -> String {
        at(path, &self.query, &[("step", self.sealed_step())])
    }

    /// What takes the request's place, decoded, for a form that must repeat it.
    pub(crate) fn repeated(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(without_ours(&self.query).as_bytes()).into_owned().collect()
    }
}

/// The address of `/authorize` with a request's own parameters as they were sent, and some of ours.
pub(crate) fn address(query: &str, ours: &[(&str, &str)]) -> String {
    at("/authorize", query, ours)
}

fn at(path: &str, query: &str, ours: &[(&str, &str)]) -> String {
    let kept = without_ours(query);
    let added = Serializer::new(String::new()).extend_pairs(ours).finish();
    let joint = if kept.is_empty() || added.is_empty() { "" } else { "&" };
    format!("{path}?{kept}{joint}{added}")
}

/// The request's own parameters as they were sent. A name of ours is ours in whichever way it is encoded.
pub(crate) fn without_ours(query: &str) -> String {
    query.split('&').filter(|pair| !is_ours(pair)).collect::<Vec<_>>().join("&")
}

/// Those of our parameters that came with a request.
pub(crate) fn ours(query: &str) -> String {
    query.split('&').filter(|pair| is_ours(pair)).collect::<Vec<_>>().join("&")
}

fn is_ours(pair: &str) -> bool {
    form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(name, _)| OURS.contains(&name.as_ref()))
}

/// What takes the place of a request that is kept.
pub(crate) fn of_flow(handle: &FlowHandle) -> String {
    format!("flow={}", handle.text())
}

/// Whether the request leaves room for what we add to it: API Gateway takes 10 KiB of request line and headers, and a step
/// and a cookie must fit next to it.
pub(crate) fn fits(query: &str) -> bool {
    without_ours(query).len() <= MAX_LENGTH
}

/// What a step and a form are bound to: every parameter of the request in its order, so that none can be changed.
fn hash(form: &Parameters) -> Vec<u8> {
    let own = form.pairs().iter().filter(|(name, _)| !OURS.contains(&name.as_str()));
    let parts: Vec<&[u8]> = own.flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
    random::sha256(&web::browser::seal::binding(&parts)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_replaced_and_the_requests_own_stay_byte_for_byte() {
        let query = "state=a%20b+c&step=old&scope=patient%2F*.rs&q=x";
        assert_eq!(
            address(query, &[("step", "n&w")]),
            "/authorize?state=a%20b+c&scope=patient%2F*.rs&step=n%26w"
        );
        assert_eq!(address(query, &[]), "/authorize?state=a%20b+c&scope=patient%2F*.rs");
        assert_eq!(address("a=1&%73tep=old&%71=x", &[("step", "new")]), "/authorize?a=1&step=new");
        assert_eq!(address("", &[]), "/authorize?");
    }

    #[test]
    fn s07_the_hash_changes_with_every_parameter_and_its_place_but_not_with_ours() {
        let hash_of = |query| hash(&Parameters::query(query).unwrap());
        assert_eq!(hash_of("a=1&b=2"), hash_of("a=1&step=x&b=2&q=y"));
        for other in ["a=1&b=3", "b=2&a=1", "a=1&b=2&c=", "a=12&b=", "a=1b&=2"] {
            assert_ne!(hash_of("a=1&b=2"), hash_of(other), "{other}");
        }
    }
}
