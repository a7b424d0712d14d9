//! Real signatures, checked by other code than the code that made them.

use std::time::Instant;

use aws_lc_rs::{digest, signature};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::*;
use crate::template::{Key, KeyPolicy, KeySpec, KeyUsage};

mod encryption;

const MESSAGE: &[u8] = b"a message";

fn key(logical_id: &str, spec: KeySpec) -> Key {
    let usage = match spec {
        KeySpec::HMAC_256 => KeyUsage::GenerateVerifyMac,
        KeySpec::SYMMETRIC_DEFAULT => KeyUsage::EncryptDecrypt,
        _ => KeyUsage::SignVerify,
    };
    let arn = format!("arn:aws:kms:r:a:key/{logical_id}");
    Key { logical_id: logical_id.to_owned(), arn, spec, usage, policy: KeyPolicy::default() }
}

fn keys() -> Vec<Key> {
    vec![
        key("rsa", KeySpec::RSA_2048),
        key("p256", KeySpec::ECC_NIST_P256),
        key("p384", KeySpec::ECC_NIST_P384),
        key("mac", KeySpec::HMAC_256),
        key("aes", KeySpec::SYMMETRIC_DEFAULT),
        key("other", KeySpec::SYMMETRIC_DEFAULT),
    ]
}

/// A running emulator, and a client that speaks its wire protocol.
struct Running {
    kms: Kms,
    url: String,
}

impl Running {
    async fn start() -> Self {
        let kms = Kms::new(&keys(), None).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let served = kms.clone();
        tokio::spawn(async move { served.serve(listener, std::future::pending()).await });
        Self { kms, url }
    }

    async fn call(&self, operation: &str, members: Value) -> (u16, Value) {
        let request = reqwest::Client::builder()
            .tls_certs_only([])
            .build()
            .unwrap()
            .post(&self.url)
            .header("x-amz-target", format!("TrentService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(members.to_string());
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn sign(&self, key: &str, message: &[u8], kind: &str, algorithm: &str) -> (u16, Value) {
        let members = json!({"KeyId": key, "Message": STANDARD.encode(message), "MessageType": kind,
            "SigningAlgorithm": algorithm});
        self.call("Sign", members).await
    }

    async fn public_key(&self, key: &str) -> Vec<u8> {
        let (_, answer) = self.call("GetPublicKey", json!({"KeyId": key})).await;
        bytes(&answer["PublicKey"])
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

fn sha(algorithm: &str, message: &[u8]) -> Vec<u8> {
    let digest = if algorithm.ends_with("256") {
        &digest::SHA256
    } else if algorithm.ends_with("384") {
        &digest::SHA384
    } else {
        &digest::SHA512
    };
    digest::digest(digest, message).as_ref().to_vec()
}

fn verifier(algorithm: &str) -> &'static dyn signature::VerificationAlgorithm {
    match algorithm {
        "RSASSA_PKCS1_V1_5_SHA_256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "RSASSA_PKCS1_V1_5_SHA_384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        "RSASSA_PKCS1_V1_5_SHA_512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        "RSASSA_PSS_SHA_256" => &signature::RSA_PSS_2048_8192_SHA256,
        "ECDSA_SHA_256" => &signature::ECDSA_P256_SHA256_ASN1,
        "ECDSA_SHA_384" => &signature::ECDSA_P384_SHA384_ASN1,
        other => panic!("no verifier for {other}"),
    }
}

#[tokio::test]
async fn signatures_of_digests_and_of_messages_verify() {
    let running = Running::start().await;
    for (key, algorithm) in [
        ("rsa", "RSASSA_PKCS1_V1_5_SHA_256"),
        ("rsa", "RSASSA_PKCS1_V1_5_SHA_384"),
        ("rsa", "RSASSA_PKCS1_V1_5_SHA_512"),
        ("rsa", "RSASSA_PSS_SHA_256"),
        ("p256", "ECDSA_SHA_256"),
        ("p384", "ECDSA_SHA_384"),
    ] {
        let public_key = running.public_key(key).await;
        let digest = sha(algorithm, MESSAGE);
        for (kind, input) in [("DIGEST", digest.as_slice()), ("RAW", MESSAGE)] {
            let (status, answer) = running.sign(key, input, kind, algorithm).await;
            assert_eq!(status, 200, "{answer}");
            assert_eq!(answer["KeyId"], format!("arn:aws:kms:r:a:key/{key}"));
            let public_key = signature::UnparsedPublicKey::new(verifier(algorithm), &public_key);
            public_key.verify(MESSAGE, &bytes(&answer["Signature"])).unwrap();
        }
    }
}

#[tokio::test]
async fn a_token_signed_here_verifies_in_a_jwt_library() {
    let running = Running::start().await;
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed =
        format!("{}.{}", part(json!({"alg": "RS256"})), part(json!({"sub": "me", "exp": 4_000_000_000u64})));
    let algorithm = "RSASSA_PKCS1_V1_5_SHA_256";
    let (_, answer) = running.sign("rsa", &sha(algorithm, signed.as_bytes()), "DIGEST", algorithm).await;
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes(&answer["Signature"])));
    let public_key = aws_lc_rs::rsa::PublicKey::from_der(&running.public_key("rsa").await).unwrap();
    let (modulus, exponent) = (public_key.modulus(), public_key.exponent());
    let key = DecodingKey::from_rsa_raw_components(
        modulus.big_endian_without_leading_zero(),
        exponent.big_endian_without_leading_zero(),
    );
    let read = jsonwebtoken::decode::<Value>(&token, &key, &Validation::new(Algorithm::RS256)).unwrap();
    assert_eq!(read.claims["sub"], "me");
}

#[tokio::test]
async fn a_digest_of_the_wrong_length_is_refused() {
    let running = Running::start().await;
    let (status, answer) = running.sign("rsa", &[7; 31], "DIGEST", "RSASSA_PKCS1_V1_5_SHA_256").await;
    assert_eq!((status, &answer["__type"]), (400, &json!("ValidationException")));
    let (status, answer) = running.sign("p384", &[7; 32], "DIGEST", "ECDSA_SHA_384").await;
    assert_eq!((status, &answer["__type"]), (400, &json!("ValidationException")));
}

#[tokio::test]
async fn a_message_over_4096_bytes_is_refused() {
    let running = Running::start().await;
    let (_, answer) = running.sign("rsa", &[7; 4097], "RAW", "RSASSA_PKCS1_V1_5_SHA_256").await;
    assert_eq!(answer["__type"], "ValidationException");
}

#[tokio::test]
async fn a_key_signs_only_what_its_kind_can() {
    let running = Running::start().await;
    for (key, algorithm) in [("rsa", "ECDSA_SHA_256"), ("p256", "ECDSA_SHA_384"), ("mac", "ECDSA_SHA_256")] {
        let (status, answer) = running.sign(key, MESSAGE, "RAW", algorithm).await;
        assert_eq!(
            (status, &answer["__type"]),
            (400, &json!("InvalidKeyUsageException")),
            "{key} {algorithm}"
        );
    }
    let (_, answer) = running.call("GetPublicKey", json!({"KeyId": "mac"})).await;
    assert_eq!(answer["__type"], "UnsupportedOperationException");
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    let (status, answer) = Running::start().await.sign("nobody", MESSAGE, "RAW", "ECDSA_SHA_256").await;
    assert_eq!((status, &answer["__type"]), (400, &json!("NotFoundException")));
}

#[tokio::test]
async fn an_unknown_operation_and_a_broken_body_are_refused() {
    let running = Running::start().await;
    let (_, answer) = running.call("ScheduleKeyDeletion", json!({"KeyId": "rsa"})).await;
    assert_eq!(answer["__type"], "UnknownOperationException");
    let (_, answer) = running.call("Sign", json!({"KeyId": "rsa"})).await;
    assert_eq!(answer["__type"], "ValidationException");
}

#[tokio::test]
async fn a_public_key_comes_with_its_kind_and_its_algorithms() {
    let (_, answer) = Running::start().await.call("GetPublicKey", json!({"KeyId": "p384"})).await;
    assert_eq!(answer["KeyId"], "arn:aws:kms:r:a:key/p384");
    assert_eq!(answer["KeySpec"], "ECC_NIST_P384");
    assert_eq!(answer["KeyUsage"], "SIGN_VERIFY");
    assert_eq!(answer["SigningAlgorithms"], json!(["ECDSA_SHA_384"]));
}

#[tokio::test]
async fn a_mac_repeats_itself_and_is_checked() {
    let running = Running::start().await;
    let members =
        json!({"KeyId": "mac", "Message": STANDARD.encode(MESSAGE), "MacAlgorithm": "HMAC_SHA_256"});
    let (_, one) = running.call("GenerateMac", members.clone()).await;
    let (_, two) = running.call("GenerateMac", members.clone()).await;
    assert_eq!(one, two);
    assert_eq!(bytes(&one["Mac"]).len(), 32);

    let with_mac = |mac: &Value| {
        let mut members = members.clone();
        members["Mac"] = mac.clone();
        members
    };
    let (status, _) = running.call("VerifyMac", with_mac(&one["Mac"])).await;
    assert_eq!(status, 200);
    let (_, answer) = running.call("VerifyMac", with_mac(&json!(STANDARD.encode([0; 32])))).await;
    assert_eq!(answer["__type"], "KMSInvalidMacException");
}

#[tokio::test]
async fn a_disabled_key_is_refused_until_it_is_enabled() {
    let running = Running::start().await;
    running.kms.disable("arn:aws:kms:r:a:key/p256");
    let (_, answer) = running.sign("p256", MESSAGE, "RAW", "ECDSA_SHA_256").await;
    assert_eq!(answer["__type"], "DisabledException");
    let (_, answer) = running.call("DescribeKey", json!({"KeyId": "p256"})).await;
    assert_eq!(answer["KeyMetadata"]["KeyState"], "Disabled");
    running.kms.enable("p256");
    assert_eq!(running.sign("p256", MESSAGE, "RAW", "ECDSA_SHA_256").await.0, 200);
}

#[tokio::test]
async fn throttling_ends_by_itself_and_calls_are_counted() {
    let running = Running::start().await;
    running.kms.throttle(2);
    for wanted in [400, 400, 200] {
        let (status, answer) = running.sign("p256", MESSAGE, "RAW", "ECDSA_SHA_256").await;
        assert_eq!(status, wanted);
        assert!(wanted == 200 || answer["__type"] == "ThrottlingException");
    }
    assert_eq!(running.kms.calls("Sign"), 3);
}

#[tokio::test]
async fn an_answer_waits_when_told_to() {
    let running = Running::start().await;
    running.kms.delay(Duration::from_millis(80));
    let before = Instant::now();
    running.public_key("p256").await;
    assert!(before.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn a_key_made_on_demand_signs_and_is_described() {
    let running = Running::start().await;
    let asked =
        json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Policy": "{}", "Description": "new"});
    let (status, answer) = running.call("CreateKey", asked).await;
    assert_eq!(status, 200, "{answer}");
    let arn = answer["KeyMetadata"]["Arn"].as_str().unwrap();
    let algorithm = "RSASSA_PKCS1_V1_5_SHA_256";
    let (_, signed) = running.sign(arn, MESSAGE, "RAW", algorithm).await;
    let public_key = running.public_key(arn).await;
    let public_key = signature::UnparsedPublicKey::new(verifier(algorithm), &public_key);
    public_key.verify(MESSAGE, &bytes(&signed["Signature"])).unwrap();
    let (_, described) = running.call("DescribeKey", json!({"KeyId": arn})).await;
    assert_eq!(described, answer);
}

#[tokio::test]
async fn only_keys_that_sign_are_made_on_demand() {
    let running = Running::start().await;
    for asked in [
        json!({}),
        json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
        json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}),
        json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Policy": "no JSON"}),
    ] {
        let (status, answer) = running.call("CreateKey", asked.clone()).await;
        assert_eq!(status, 400, "{asked} {answer}");
    }
}

#[test]
fn a_key_made_on_demand_is_kept_too() {
    let directory = std::env::temp_dir().join(format!("kms-made-{}", std::process::id()));
    let kms = Kms::new(&keys()[..1], Some(&directory)).unwrap();
    let asked = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}).to_string();
    let answer = operations::perform(&kms, "CreateKey", asked.as_bytes()).unwrap();
    let arn = answer["KeyMetadata"]["Arn"].as_str().unwrap();
    let alias = json!({"AliasName": "alias/local/signing/later", "TargetKeyId": arn}).to_string();
    operations::perform(&kms, "CreateAlias", alias.as_bytes()).unwrap();
    let taken = operations::perform(&kms, "CreateAlias", alias.as_bytes());
    assert!(taken.is_err(), "two keys cannot have one alias");
    let again = Kms::new(&keys()[..1], Some(&directory)).unwrap();
    assert_eq!(again.aliases_of(arn), ["alias/local/signing/later"]);
    let halves = |kms: &Kms| kms.all().iter().map(|key| key.material.public_key()).collect::<Vec<_>>();
    assert_eq!(halves(&again), halves(&kms));
    assert!(again.key(arn).is_ok());
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn kept_keys_come_back_and_only_their_owner_reads_them() {
    let directory = std::env::temp_dir().join(format!("kms-{}", std::process::id()));
    let public_keys = || {
        let kms = Kms::new(&keys(), Some(&directory)).unwrap();
        kms.all().iter().map(|key| key.material.public_key()).collect::<Vec<_>>()
    };
    assert_eq!(public_keys(), public_keys());
    for entry in std::fs::read_dir(&directory).unwrap() {
        let metadata = entry.unwrap().metadata().unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, 0o600);
    }
    std::fs::remove_dir_all(&directory).unwrap();
}
