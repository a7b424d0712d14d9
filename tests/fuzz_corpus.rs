//! The texts that the fuzz targets have kept, tried again without them.

#[path = "fuzz/properties.rs"]
mod properties;

fn replay(target: &str, property: fn(&str)) {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut tried = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        if let Ok(text) = String::from_utf8(std::fs::read(entry.unwrap().path()).unwrap()) {
            property(&text);
            tried += 1;
        }
    }
    assert!(tried > 0, "the corpus of {target} is gone");
}

#[test]
fn z01_scopes() {
    replay("z01_scopes", properties::z01_scopes);
}
