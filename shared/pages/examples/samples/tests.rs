//! Every page in its main states, as HTML that is kept in `snapshots`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use pages::assets;

/// Without indentation and empty lines, except in code samples, and with list items on lines of their own.
fn lines(html: &str) -> String {
    let html = html.replace("><li>", ">\n<li>").replace("><details", ">\n<details");
    html.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The title and the body, without the head and the header that all pages share.
fn body(html: &str) -> Option<String> {
    let title = &html[html.find("<title>")?..html.find("<meta name=\"viewport\"")?];
    let (_, body) = html.split_once("</header>")?;
    Some(lines(&format!("{title}{}", body.trim_end_matches("</body>\n</html>"))))
}

/// The head and the header, without the names that assets have by their content.
fn frame(html: &str) -> Option<String> {
    let (frame, _) = html.split_once("</header>")?;
    Some(lines(
        &frame.replace(assets::css_path(), "/assets/[css]").replace(assets::js_path(), "/assets/[js]"),
    ))
}

#[test]
fn pg_1_to_pg_52_a_page_changes_only_with_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _settings = settings.bind_to_scope();
    let taken = RefCell::new(BTreeSet::new());
    let take = |name: &str, text: String| {
        insta::assert_snapshot!(name, text);
        taken.borrow_mut().insert(format!("{name}.snap"));
    };
    super::every_page(&|name, site, page| {
        let html = page.html(site).unwrap();
        take(name, body(&html).unwrap());
        if ["sign_in", "sign_in_elsewhere", "account_approvals"].contains(&name) {
            take(&format!("frame_of_{name}"), frame(&html).unwrap());
        }
        Ok(())
    })
    .unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/samples/snapshots").read_dir().unwrap();
    let kept = kept.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(kept.collect::<BTreeSet<_>>(), taken.into_inner(), "each snapshot is of a page that there is");
}
