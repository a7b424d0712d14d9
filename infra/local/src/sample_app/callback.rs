//! Where the other demo clients' redirect URI leads: a page that shows what came back.

use axum::extract::RawQuery;
use axum::response::Html;
use url::form_urlencoded;

use crate::html::escaped;

/// `GET /callback`: the parameters of an authorization response, as a real app would receive them.
pub(super) async fn page(RawQuery(query): RawQuery) -> Html<String> {
    let parameters: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let has = |wanted: &str| parameters.iter().any(|(name, _)| name == wanted);
    let sentence = if has("error") {
        "The service sent the browser back with an error. A real app would now tell its user in words."
    } else if has("code") {
        "The service sent the browser back with a code. A real app would now check <code>state</code> and \
         <code>iss</code> and exchange the code for a token. The code can be used once, and soon."
    } else {
        "This is where an app gets its answer. This time no answer came with the address."
    };
    Html(format!(
        r#"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Back at the app</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <main>
    <h1 id="title">Back at the app</h1>
    <p>{sentence}</p>
{}  </main>
</body>
</html>
"#,
        list(&parameters)
    ))
}

fn list(parameters: &[(String, String)]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let row = |(name, value): &(String, String)| {
        let (name, value) = (escaped(name), escaped(value));
        format!("      <div><dt>{name}</dt><dd><code>{value}</code></dd></div>\n")
    };
    let rows: String = parameters.iter().map(row).collect();
    format!("    <dl id=\"parameters\">\n{rows}    </dl>\n")
}
