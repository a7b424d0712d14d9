//! The emulator of KMS alone, with one key of each kind, so that it can be compared with another KMS. It prints its
//! address and its keys as one line of JSON, and ends when its standard input does.

use local::kms::Kms;
use local::template::{ACCOUNT, Key, KeyPolicy, KeySpec, KeyUsage, REGION};
use serde_json::{Map, json};
use tokio::net::TcpListener;

const KINDS: [(&str, KeySpec, KeyUsage); 6] = [
    ("RSA_2048", KeySpec::RSA_2048, KeyUsage::SignVerify),
    ("RSA_3072", KeySpec::RSA_3072, KeyUsage::SignVerify),
    ("ECC_NIST_P256", KeySpec::ECC_NIST_P256, KeyUsage::SignVerify),
    ("ECC_NIST_P384", KeySpec::ECC_NIST_P384, KeyUsage::SignVerify),
    ("HMAC_256", KeySpec::HMAC_256, KeyUsage::GenerateVerifyMac),
    ("SYMMETRIC_DEFAULT", KeySpec::SYMMETRIC_DEFAULT, KeyUsage::EncryptDecrypt),
];

#[tokio::main]
#[allow(clippy::print_stdout, reason = "the line is what it is for")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = KINDS.map(|(name, spec, usage)| Key {
        logical_id: name.to_owned(),
        arn: format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}"),
        spec,
        usage,
        policy: KeyPolicy::default(),
    });
    let kms = Kms::new(&keys, None)?;
    kms.disable("RSA_3072");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let arns: Map<_, _> = keys.iter().map(|key| (key.logical_id.clone(), json!(key.arn))).collect();
    println!("{}", json!({ "url": format!("http://{}", listener.local_addr()?), "keys": arns }));
    let input_ends =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    kms.serve(listener, async { input_ends.await.map(drop).unwrap_or_default() }).await?;
    Ok(())
}
