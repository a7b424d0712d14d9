//! The query of a search request: what is searched, which page of it, and what cannot be heeded.

use super::outcome::Refusal;
use super::resource::ResourceType;
use super::search::{BadSearch, Search, parameter_names};

/// How many resources a page has, unless `_count` says otherwise.
const DEFAULT_COUNT: usize = 20;

/// How many resources a page has at most.
const MAX_COUNT: usize = 100;

/// Parameters that ask for another form of the answer. They cannot be heeded here, and the answer says so.
///
/// Source: FHIR R4, search#errors (a server may ignore what it does not support).
const NOT_HEEDED: [&str; 3] = ["_summary", "_elements", "_sort"];

/// Parameters whose only sensible value describes what is done anyway.
const NEEDLESS: [&str; 2] = ["_pretty", "_total"];

/// A search request, understood.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) search: Search,
    /// The parameters that were used, as they were sent, for the links of the answer.
    pub(super) used: Vec<(String, String)>,
    /// How many resources are left out before the page begins.
    pub(super) offset: usize,
    /// How many resources the page may have.
    pub(super) count: usize,
    /// The parameters that were sent and not heeded.
    pub(super) not_heeded: Vec<&'static str>,
}

impl Query {
    /// Reads the pairs of a query or a form. A parameter without a value counts as not sent.
    ///
    /// Source: FHIR R4, search.
    ///
    /// # Errors
    /// For parameters that are not known, values that cannot be read and formats other than JSON.
    pub(super) fn parse(resource_type: ResourceType, text: &str) -> Result<Self, Refusal> {
        let (mut offset, mut count) = (0, DEFAULT_COUNT);
        let (mut used, mut not_heeded) = (Vec::new(), Vec::new());
        for (name, value) in pairs(text).filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                "_format" => json_format(&value)?,
                "_offset" => offset = number(&value)?,
                "_count" => count = number(&value)?.min(MAX_COUNT),
                known if NEEDLESS.contains(&known) => {}
                known => match NOT_HEEDED.into_iter().find(|ignored| *ignored == known) {
                    Some(ignored) => not_heeded.push(ignored),
                    None => used.push((name, value)),
                },
            }
        }
        let conditions = used.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let search = Search::parse(resource_type, conditions).map_err(|why| refusal(resource_type, &why))?;
        Ok(Self { search, used, offset, count, not_heeded })
    }
}

/// Refuses a format other than JSON, wherever `_format` is sent.
///
/// # Errors
/// When `_format` asks for XML or anything else that is not JSON.
pub(super) fn refuse_other_formats(text: &str) -> Result<(), Refusal> {
    pairs(text).filter(|(name, _)| name == "_format").try_for_each(|(_, value)| json_format(&value))
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    url::form_urlencoded::parse(text.as_bytes()).into_owned()
}

/// In a query that was not encoded the plus sign of `application/fhir+json` arrives as a space.
fn json_format(value: &str) -> Result<(), Refusal> {
    let known = ["json", "application/json", "application/fhir+json", "application/fhir json", "text/json"];
    if known.contains(&value) { Ok(()) } else { Err(Refusal::json_only()) }
}

fn number(value: &str) -> Result<usize, Refusal> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits);
    number.ok_or_else(|| Refusal::bad_search("value", "_count and _offset take a whole number, 0 or more."))
}

fn refusal(resource_type: ResourceType, why: &BadSearch) -> Refusal {
    let name = resource_type.name();
    match why {
        BadSearch::UnknownParameter => {
            let known = parameter_names(resource_type);
            let sentence =
                format!("A search parameter is not known. {name} is searched by {known}, _count, _offset.");
            Refusal::bad_search("not-supported", sentence)
        }
        BadSearch::BadValue(parameter) => {
            Refusal::bad_search("value", format!("The value of {parameter} cannot be read."))
        }
    }
}
