//! The style sheet and the script of the pages: two files, served from our own origin and kept for ever, since a
//! file's name carries a hash of what is in it.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};

/// How long a browser may keep an asset: its name changes when it does.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

const CSS: &[u8] = include_bytes!("../assets/style.css");
const JS: &[u8] = include_bytes!("../assets/script.js");

/// A file that pages load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
    /// Its strong `ETag`, quotes included.
    pub etag: &'static str,
}

struct Named {
    path: String,
    etag: String,
    content_type: &'static str,
    bytes: &'static [u8],
}

static FILES: LazyLock<[Named; 2]> = LazyLock::new(|| {
    [
        named("style", "css", "text/css; charset=utf-8", CSS),
        named("script", "js", "text/javascript; charset=utf-8", JS),
    ]
});

fn named(stem: &str, extension: &str, content_type: &'static str, bytes: &'static [u8]) -> Named {
    let hash = digest(&SHA256, bytes);
    let hash: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let path = format!("/assets/{stem}-{hash}.{extension}");
    Named { path, etag: format!("\"{hash}\""), content_type, bytes }
}

/// The path of the style sheet: `/assets/style-<hash>.css`.
pub fn css_path() -> &'static str {
    &FILES[0].path
}

/// The path of the script: `/assets/script-<hash>.js`.
pub fn js_path() -> &'static str {
    &FILES[1].path
}

/// The file of this name below `/assets/`; nothing for any other name, such as one with an older hash.
pub fn file(name: &str) -> Option<Asset> {
    let found = FILES.iter().find(|file| file.path.strip_prefix("/assets/") == Some(name))?;
    Some(Asset { content_type: found.content_type, bytes: found.bytes, etag: &found.etag })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ux_4_the_style_sheet_is_at_most_12_kb_and_the_script_6() {
        assert!(CSS.len() <= 12 * 1024, "{} bytes of CSS", CSS.len());
        assert!(JS.len() <= 6 * 1024, "{} bytes of script", JS.len());
    }

    #[test]
    fn a_file_is_found_by_the_name_that_pages_use_and_by_no_other() {
        let css = file(css_path().strip_prefix("/assets/").unwrap()).unwrap();
        assert_eq!((css.content_type, css.bytes), ("text/css; charset=utf-8", CSS));
        let js = file(js_path().strip_prefix("/assets/").unwrap()).unwrap();
        assert_eq!((js.content_type, js.bytes), ("text/javascript; charset=utf-8", JS));
        assert!(css.etag.starts_with('"') && css.etag.ends_with('"') && css.etag != js.etag);
        for other in ["", "style.css", "style-0000000000000000.css", "../style.css", css_path()] {
            assert_eq!(file(other), None, "{other}");
        }
    }

    #[test]
    fn ux_3_nothing_is_fetched_from_elsewhere() {
        for text in [CSS, JS].map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()) {
            assert!(!text.contains("//"), "an address or a comment that looks like one");
            assert!(!text.contains("@import") && !text.contains("url("));
        }
    }
}
