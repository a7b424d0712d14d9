//! What a shell sees: the exit code, and what comes on which stream.

use std::process::Command;

use super::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn the_binary_prints_results_on_standard_output_and_ends_with_its_code() {
    let service = Service::start::<13>().await;
    let urls = service.stack.urls.clone();
    let key = service.key("SigningKey");
    let run = |kms: &str, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smart-admin"));
        command.env("AWS_ENDPOINT_URL_KMS", kms).env("AWS_ENDPOINT_URL_DYNAMODB", &urls.dynamodb);
        command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
        command.env("AWS_MAX_ATTEMPTS", "1").env("STACK_NAME", "local").args(words);
        command.args(["--settings-table", "SettingsTable", "--signing-key", &key]);
        let done = command.args(["--base-url", &urls.issuer]).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    };
    let (code, out, err) = run(&urls.kms, &["keys", "list"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("Signing keys\nKEY ") && out.contains("\nSigningKey "), "{out}");
    assert!(out.contains("\nMAC KEY ") && !out.contains('\u{1b}'), "{out}");
    let (code, out, err) = run(&urls.kms, &["keys", "add"]);
    assert!(code == 0 && out.starts_with("Wrote version 1 of signing-keys."), "{out} {err}");
    assert!(err.contains("Made arn:"), "{err}");
    // The command that it prints works when it is pasted.
    let printed = out.lines().find(|line| line.starts_with("cargo admin keys promote ")).unwrap();
    assert!(
        printed.contains(" --stack local --settings-table SettingsTable --signing-key arn:"),
        "{printed}"
    );
    let (code, out, err) = run(&urls.kms, &["keys", "retire", "SigningKey"]);
    assert!(code == 1 && out.is_empty() && err.starts_with("Refused: no other key signs"), "{out} {err}");
    assert_eq!(run(&urls.kms, &["keys", "retire"]).0, 2);
    assert_eq!(run(&urls.kms, &["keys", "mac", "add", "token"]).0, 2);
    let (code, _, err) = run("http://127.0.0.1:1", &["keys", "add"]);
    assert!(code == 3 && err.contains("Not reached: KMS"), "{err}");
    let (code, out, err) = run(&urls.kms, &["keys", "mac", "replace-now", "token-mac"]);
    assert!(code == 2 && out.is_empty() && err.contains("Add --yes"), "{out} {err}");
    let (code, out, _) = run(&urls.kms, &["keys", "mac", "replace-now", "token-mac", "--yes"]);
    assert!(code == 0 && out.contains("Access tokens stay valid for up to 1 hour."), "{out}");
    service.stack.stop().await;
}
