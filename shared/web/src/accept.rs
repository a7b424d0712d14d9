//! What a client wants to read: a page, or JSON.

use http::{HeaderMap, header};

/// Whether a client wants a page more than JSON, as browsers do. Without `Accept`, and with `*/*` alone, it is JSON.
///
/// Source: RFC 9110 §12.5.1.
pub fn prefers_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    weight(accept, "text", "html") > weight(accept, "application", "json")
}

/// The weight of a media type, in thousandths: that of the most specific range that it is in.
fn weight(accept: &str, kind: &str, subtype: &str) -> u16 {
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let (of, sub) = parts.next()?.split_once('/')?;
        let specific = match (of, sub) {
            ("*", "*") => 0,
            (of, "*") if of.eq_ignore_ascii_case(kind) => 1,
            (of, sub) if of.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => 2,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some((specific, weight.map_or(1000, thousandths)))
    });
    ranges.max_by_key(|(specific, _)| *specific).map_or(0, |(_, weight)| weight)
}

/// A weight such as `0.8`; 0 for anything malformed.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = if fraction.len() > 3 { None } else { format!("{fraction:0<3}").parse::<u16>().ok() };
    match (whole, fraction) {
        ("0", Some(fraction)) => fraction,
        ("1", Some(0)) => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(accept: &str) -> bool {
        prefers_page(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]))
    }

    #[test]
    fn browsers_get_a_page_and_programs_get_json() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "text/html",
            "Text/HTML; charset=utf-8",
            "text/*",
            "application/json;q=0.5, text/html;q=0.501",
            "*/*;q=1.0, application/json;q=0",
        ] {
            assert!(page(accept), "{accept}");
        }
        for accept in [
            "*/*",
            "",
            "application/json",
            "application/fhir+json",
            "application/json, text/html",
            "application/json, text/html;q=0.9",
            "text/html;q=0, */*",
            "text/html;q=much",
            "text/html;q=2",
            "image/avif,image/webp,*/*;q=0.8",
            "nonsense",
        ] {
            assert!(!page(accept), "{accept}");
        }
        assert!(!prefers_page(&HeaderMap::new()));
    }
}
