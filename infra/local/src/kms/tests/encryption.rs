//! What `Encrypt` makes, and who can read it.

use aws::config::SealedSetting;

use super::*;

/// `for upstream`, encrypted for a purpose with the key `aes`.
async fn encrypted(running: &Running) -> Value {
    let members = json!({"KeyId": "aes", "Plaintext": STANDARD.encode("for upstream"),
        "EncryptionContext": {"purpose": "a", "of": "b"}});
    let (status, answer) = running.call("Encrypt", members).await;
    assert_eq!((status, &answer["KeyId"]), (200, &json!("arn:aws:kms:r:a:key/aes")));
    assert_eq!(answer["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");
    answer["CiphertextBlob"].clone()
}

#[tokio::test]
async fn a_ciphertext_names_its_key_and_opens_under_it() {
    let running = Running::start().await;
    let ciphertext = encrypted(&running).await;
    assert_ne!(ciphertext, encrypted(&running).await);
    for key in [json!(null), json!("aes"), json!("arn:aws:kms:r:a:key/aes")] {
        let members = json!({"KeyId": key, "CiphertextBlob": ciphertext,
            "EncryptionContext": {"of": "b", "purpose": "a"}});
        let (status, answer) = running.call("Decrypt", members).await;
        assert_eq!((status, &answer["KeyId"]), (200, &json!("arn:aws:kms:r:a:key/aes")), "{answer}");
        assert_eq!(bytes(&answer["Plaintext"]), b"for upstream");
    }
}

#[tokio::test]
async fn a_ciphertext_opens_with_its_own_key_and_context_alone() {
    let running = Running::start().await;
    let ciphertext = encrypted(&running).await;
    let context = json!({"purpose": "a", "of": "b"});
    let mut spoiled = bytes(&ciphertext);
    *spoiled.last_mut().unwrap() ^= 1;
    let mut renamed = bytes(&ciphertext);
    renamed[5] ^= 1;
    for (key, blob, context, fault) in [
        ("other", &ciphertext, &context, "IncorrectKeyException"),
        ("rsa", &ciphertext, &context, "InvalidKeyUsageException"),
        ("nobody", &ciphertext, &context, "NotFoundException"),
        ("aes", &ciphertext, &json!({"purpose": "a"}), "InvalidCiphertextException"),
        ("aes", &ciphertext, &json!({}), "InvalidCiphertextException"),
        ("aes", &json!(STANDARD.encode(spoiled)), &context, "InvalidCiphertextException"),
        ("aes", &json!("AQ=="), &context, "InvalidCiphertextException"),
        ("aes", &json!(""), &context, "InvalidCiphertextException"),
        ("aes", &json!("?"), &context, "SerializationException"),
    ] {
        let members = json!({"KeyId": key, "CiphertextBlob": blob, "EncryptionContext": context});
        let (status, answer) = running.call("Decrypt", members).await;
        assert_eq!((status, &answer["__type"]), (400, &json!(fault)), "{key} {context}");
        assert!(answer["Plaintext"].is_null());
    }
    let members = json!({"CiphertextBlob": STANDARD.encode(renamed), "EncryptionContext": context});
    assert_eq!(running.call("Decrypt", members).await.1["__type"], "InvalidCiphertextException");
}

#[tokio::test]
async fn a_secret_among_the_settings_opens_for_its_purpose_alone() {
    let running = Running::start().await;
    let kms = aws::Aws::emulated_at(aws::EmulatorUrls { dynamodb: String::new(), kms: running.url.clone() });
    let kms = kms.await.kms();
    let members = json!({"KeyId": "aes", "Plaintext": STANDARD.encode("for upstream"),
        "EncryptionContext": {"purpose": aws::upstream::SECRET_PURPOSE}});
    let (_, answer) = running.call("Encrypt", members).await;
    let key = "arn:aws:kms:r:a:key/aes".to_owned();
    let sealed = SealedSetting { key, ciphertext: bytes(&answer["CiphertextBlob"]) };
    let secret = aws::kms::open(&kms, &sealed, aws::upstream::SECRET_PURPOSE).await.unwrap();
    assert_eq!(secret, b"for upstream");
    assert!(aws::kms::open(&kms, &sealed, "another").await.is_err());
    let other = SealedSetting { key: "arn:aws:kms:r:a:key/other".to_owned(), ..sealed };
    assert!(aws::kms::open(&kms, &other, aws::upstream::SECRET_PURPOSE).await.is_err());
}

#[tokio::test]
async fn only_an_enabled_symmetric_key_encrypts_and_at_most_4096_bytes() {
    let running = Running::start().await;
    let ciphertext = encrypted(&running).await;
    for (key, length, algorithm, fault) in [
        ("rsa", 1, "SYMMETRIC_DEFAULT", "InvalidKeyUsageException"),
        ("mac", 1, "SYMMETRIC_DEFAULT", "InvalidKeyUsageException"),
        ("aes", 1, "RSAES_OAEP_SHA_256", "InvalidKeyUsageException"),
        ("aes", 0, "SYMMETRIC_DEFAULT", "ValidationException"),
        ("aes", 4097, "SYMMETRIC_DEFAULT", "ValidationException"),
    ] {
        let members = json!({"KeyId": key, "Plaintext": STANDARD.encode(vec![7; length]),
            "EncryptionAlgorithm": algorithm});
        let (status, answer) = running.call("Encrypt", members).await;
        assert_eq!((status, &answer["__type"]), (400, &json!(fault)), "{key} {length} {algorithm}");
    }
    let (_, answer) = running.call("GetPublicKey", json!({"KeyId": "aes"})).await;
    assert_eq!(answer["__type"], "UnsupportedOperationException");
    let (_, answer) = running.call("DescribeKey", json!({"KeyId": "aes"})).await;
    assert_eq!(answer["KeyMetadata"]["KeyUsage"], "ENCRYPT_DECRYPT");
    assert_eq!(answer["KeyMetadata"]["EncryptionAlgorithms"], json!(["SYMMETRIC_DEFAULT"]));
    running.kms.disable("aes");
    let (_, answer) = running.call("Decrypt", json!({"CiphertextBlob": ciphertext})).await;
    assert_eq!(answer["__type"], "DisabledException");
}
