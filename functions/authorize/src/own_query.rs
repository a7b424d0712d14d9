//! The query of the authorization request, and the few parameters in it that are ours.

use form_urlencoded::Serializer;
use smart::long_request::FlowHandle;
use smart::parameters::Parameters;
use smart::random;

/// Ours: how far the person has come, what they look for, and what a page should say again.
const OURS: [&str; 6] = ["step", "q", "offset", "username", "switch", "nothing"];

/// How long a request in a URL may be: 6 KiB. A longer one is kept, and its handle stands in the URL.
const MAX_LENGTH: usize = 6 * 1024;

/// How long a request may be at all: 16 KiB.
pub(crate) const MAX_KEPT: usize = 16 * 1024;

/// The address of `/authorize` with a request's own parameters as they were sent, and some of ours.
pub(crate) fn address(query: &str, ours: &[(&str, &str)]) -> String {
    at("/authorize", query, ours)
}

/// The same for another path of this function.
pub(crate) fn at(path: &str, query: &str, ours: &[(&str, &str)]) -> String {
    let kept = own(query);
    let added = Serializer::new(String::new()).extend_pairs(ours).finish();
    let joint = if kept.is_empty() || added.is_empty() { "" } else { "&" };
    format!("{path}?{kept}{joint}{added}")
}

/// The request's own parameters as they were sent. A name of ours is ours in whichever way it is encoded.
fn own(query: &str) -> String {
    query.split('&').filter(|pair| !is_ours(pair)).collect::<Vec<_>>().join("&")
}

fn is_ours(pair: &str) -> bool {
    form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(name, _)| OURS.contains(&name.as_ref()))
}

/// The request's own parameters as they were sent.
pub(crate) fn without_ours(query: &str) -> String {
    own(query)
}

/// Those of our parameters that came with a request.
pub(crate) fn ours(query: &str) -> String {
    query.split('&').filter(|pair| is_ours(pair)).collect::<Vec<_>>().join("&")
}

/// What stands for a request that is kept.
pub(crate) fn of_flow(handle: &FlowHandle) -> String {
    format!("flow={}", handle.text())
}

/// Whether the request leaves room for what we add to it: API Gateway takes 10 KiB of request line and headers, and a step
/// and a cookie must fit beside it.
pub(crate) fn fits(query: &str) -> bool {
    own(query).len() <= MAX_LENGTH
}

/// What stands for a request, decoded, for a form that must repeat it.
pub(crate) fn repeated(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(own(query).as_bytes()).into_owned().collect()
}

fn pairs(form: &Parameters) -> impl Iterator<Item = &(String, String)> {
    form.pairs().iter().filter(|(name, _)| !OURS.contains(&name.as_str()))
}

/// What a step and a form are bound to: every parameter of the request in its order, so that none can be changed.
pub(crate) fn hash(form: &Parameters) -> Vec<u8> {
    let parts: Vec<&[u8]> =
        pairs(form).flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
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
