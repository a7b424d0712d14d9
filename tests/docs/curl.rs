//! The few words of `curl` that the documents use, understood as `sh` and `curl` would.

use std::collections::BTreeMap;

use crate::support::{Answer, http};

/// The words of a command: quotes taken away, line ends behind a backslash joined, variables put in.
pub(super) fn words(text: &str, variables: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') if rest.peek() == Some(&'\n') => {
                rest.next();
            }
            (None | Some('"'), '$') => {
                let mut name = String::new();
                while let Some(next) = rest.next_if(|next| next.is_ascii_uppercase() || *next == '_') {
                    name.push(next);
                }
                let value = variables.get(&name).ok_or_else(|| format!("${name} is not known here"))?;
                word.get_or_insert_default().push_str(value);
            }
            (None, '|' | ';' | '&' | '`' | '>') => return Err(format!("{character} is not understood")),
            (None, ' ' | '\n') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Sends what a `curl` line would send.
pub(super) async fn run(words: Vec<String>) -> Result<Answer, String> {
    let mut words = words.into_iter();
    if words.next().as_deref() != Some("curl") {
        return Err("only curl is run".to_owned());
    }
    let (mut address, mut method, mut headers, mut body) = (None, None, Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "-s" | "-i" => {}
            "-X" => method = Some(value()?),
            "-H" => headers.push(value()?),
            "-d" => body.push(value()?),
            "--data-urlencode" => body.push(encoded(&value()?)),
            flag if flag.starts_with('-') => return Err(format!("{flag} is not understood")),
            url => address = Some(url.to_owned()),
        }
    }
    let usual = if body.is_empty() { "GET" } else { "POST" };
    let method = method.as_deref().unwrap_or(usual).parse::<http::Method>().map_err(|_| "a bad method")?;
    let mut request = http().request(method, address.ok_or("there is no address")?);
    if !body.is_empty() && !headers.iter().any(|header| header.to_lowercase().starts_with("content-type:")) {
        headers.push("Content-Type: application/x-www-form-urlencoded".to_owned());
    }
    for header in &headers {
        let (name, value) = header.split_once(": ").ok_or_else(|| format!("a bad header: {header}"))?;
        request = request.header(name, value);
    }
    if !body.is_empty() {
        request = request.body(body.join("&"));
    }
    Ok(Answer::of(request).await)
}

fn encoded(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or_default();
    crate::support::form(&[(name, value)])
}
