//! The answer to a search: one page of what was found.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::outcome::operation_outcome;
use super::query::Query;
use super::resource::{Resource, ResourceType};

/// A Bundle of type `searchset` with one page of `found`, which holds all that matched and may be seen.
///
/// Source: FHIR R4, http#search and http#paging.
pub(super) fn searchset(
    fhir_base_url: &str,
    resource_type: ResourceType,
    query: &Query,
    found: &[&Resource],
) -> Value {
    let page = found.iter().skip(query.offset).take(query.count);
    let matches = page.map(|resource| {
        json!({
            "fullUrl": format!("{fhir_base_url}/{}", resource.reference()),
            "resource": resource.body,
            "search": { "mode": "match" },
        })
    });
    let entries: Vec<Value> = matches.chain(not_heeded(&query.not_heeded)).collect();
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": found.len(),
        "link": links(fhir_base_url, resource_type, query, found.len()),
    });
    // FHIR has no empty lists: what has no entries leaves the member out.
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

fn links(fhir_base_url: &str, resource_type: ResourceType, query: &Query, total: usize) -> Vec<Value> {
    let link = |relation: &str, offset: usize| {
        let mut pairs = Serializer::new(String::new());
        pairs.extend_pairs(&query.used).append_pair("_count", &query.count.to_string());
        if offset > 0 {
            pairs.append_pair("_offset", &offset.to_string());
        }
        let url = format!("{fhir_base_url}/{}?{}", resource_type.name(), pairs.finish());
        json!({ "relation": relation, "url": url })
    };
    let next = query.offset.saturating_add(query.count);
    let has_next = query.count > 0 && next < total;
    [Some(link("self", query.offset)), has_next.then(|| link("next", next))].into_iter().flatten().collect()
}

/// What the searcher should know about parameters that were sent in vain.
///
/// Source: FHIR R4, search#entry.mode (`outcome`).
fn not_heeded(parameters: &[&str]) -> Option<Value> {
    let sentence = format!("This demo cannot heed: {}.", parameters.join(", "));
    let outcome = operation_outcome("warning", "not-supported", &sentence);
    (!parameters.is_empty()).then(|| json!({ "resource": outcome, "search": { "mode": "outcome" } }))
}
