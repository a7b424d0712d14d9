//! Ten thousand mutated signatures and a thousand malformed assertions: none is accepted, and none makes a 5xx.

use serde_json::json;
use smart_verify::base64url;
use testkit::fixtures::NOW;

use super::doors::{Cast, DOORS, Doors};

/// How many signatures are mutated.
const SIGNATURES: usize = 10_000;

/// How many assertions are malformed.
const MALFORMED: usize = 1_000;

/// The same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() % limit
    }
}

async fn is_refused(doors: &Doors, place: usize, assertion: &str) {
    let told = doors.present(DOORS[place % 2], assertion).await;
    // A NUL cannot even stand in a form.
    let status = if assertion.contains('\0') { 400 } else { 401 };
    assert_eq!(told.status, status, "{place}: {assertion:?} {}", told.body);
}

/// r and s of zero, of n and above it; shorter and longer; as DER.
fn strange(signature: &[u8]) -> Vec<Vec<u8>> {
    let (r, s) = signature.split_at(48);
    let order =
        [[0xFF; 24].to_vec(), base64url::decode("x2NNgfQ3Ld9YGg2ySLCneuzsGWrMxSlz").unwrap()].concat();
    let mut der = vec![0x30, 102, 0x02, 49, 0];
    der.extend_from_slice(r);
    der.extend_from_slice(&[0x02, 49, 0]);
    der.extend_from_slice(s);
    let zero = [0; 48];
    vec![
        [&zero[..], s].concat(),
        [r, &zero[..]].concat(),
        [&zero[..], &zero[..]].concat(),
        [&order[..], s].concat(),
        [r, &order[..]].concat(),
        [&[0xFF; 48][..], s].concat(),
        [r, &[0xFF; 48][..]].concat(),
        [s, r].concat(),
        signature[..95].to_vec(),
        signature[1..].to_vec(),
        [signature, &[0]].concat(),
        [&[0], signature].concat(),
        signature[..48].to_vec(),
        vec![0],
        der,
    ]
}

/// One bit flipped at each place, then several bytes at random, until there are enough.
#[tokio::test]
async fn b18_of_ten_thousand_mutated_signatures_none_is_accepted() {
    let cast = Cast::new();
    let (doors, mut numbers) = (cast.doors(), Numbers(0x5EED));
    let good = cast.key.assertion("backend", "mutated");
    let (input, text) = good.rsplit_once('.').unwrap();
    let signature = base64url::decode(text).unwrap();
    let mut mutants = strange(&signature);
    mutants.extend((0..signature.len() * 8).map(|bit| {
        let mut flipped = signature.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    }));
    while mutants.len() < SIGNATURES {
        let mut mutant = signature.clone();
        for _ in 0..=numbers.below(4) {
            let at = numbers.below(mutant.len());
            mutant[at] ^= u8::try_from(1 + numbers.below(255)).unwrap();
        }
        if mutant != signature {
            mutants.push(mutant);
        }
    }
    for (place, mutant) in mutants.iter().enumerate() {
        is_refused(&doors, place, &format!("{input}.{}", base64url::encode(mutant))).await;
    }
    for text in ["", text.trim_end_matches(|_| true), &text[..text.len() - 1]] {
        is_refused(&doors, 0, &format!("{input}.{text}")).await;
    }
    // None of them has burnt the jti, and the one they were made of is good.
    assert_eq!(doors.present(DOORS[0], &good).await.status, 200);
}

#[tokio::test]
async fn b18_an_rsa_signature_of_another_length_or_with_a_flipped_bit_is_refused() {
    let cast = Cast::new();
    let doors = cast.doors();
    let claims = json!({
        "iss": "by-rsa", "sub": "by-rsa", "aud": "https://auth.example.org/token", "exp": NOW.0 + 300, "jti": "r",
    });
    let good = cast.rsa.sign_with(&json!({ "alg": "RS384", "typ": "JWT", "kid": "r1" }), &claims);
    let (input, text) = good.rsplit_once('.').unwrap();
    let signature = base64url::decode(text).unwrap();
    let mut mutants =
        vec![signature[1..].to_vec(), [&signature[..], &[0]].concat(), [&[0], &signature[..]].concat()];
    mutants.extend((0..signature.len()).map(|at| {
        let mut flipped = signature.clone();
        flipped[at] ^= 1;
        flipped
    }));
    for (place, mutant) in mutants.iter().enumerate() {
        is_refused(&doors, place, &format!("{input}.{}", base64url::encode(mutant))).await;
    }
    assert_eq!(doors.present(DOORS[1], &good).await.status, 200);
}

/// What is not base64url, not JSON, too deep, too long, doubled, cut or joined.
fn malformed(good: &str, numbers: &mut Numbers) -> String {
    const JUNK: [&str; 12] = ["=", "+", "/", " ", "\n", ".", "..", "\0", "%00", "\u{e9}", "\"", "A"];
    let at = numbers.below(good.len());
    match numbers.below(5) {
        0 => format!("{}{}{}", &good[..at], JUNK[numbers.below(JUNK.len())], &good[at..]),
        1 => good[..at].to_owned(),
        2 => good[at + 1..].to_owned(),
        3 => format!("{good}.{}", &good[at..]),
        _ => {
            let mut parts: Vec<&str> = good.split('.').collect();
            let (one, other) = (numbers.below(3), numbers.below(3));
            parts[one] = ["", "e30", "W10", "bnVsbA", "MQ", "____", "e30="][numbers.below(7)];
            parts.swap(one, other);
            parts.join(".")
        }
    }
}

#[tokio::test]
async fn b02_b03_b04_of_a_thousand_malformed_assertions_none_is_accepted() {
    let cast = Cast::new();
    let (doors, mut numbers) = (cast.doors(), Numbers(0xF00D));
    let good = cast.key.assertion("backend", "malformed");
    let mut place = 0;
    while place < MALFORMED {
        let bad = malformed(&good, &mut numbers);
        if bad != good {
            is_refused(&doors, place, &bad).await;
            place += 1;
        }
    }
    assert_eq!(doors.present(DOORS[0], &good).await.status, 200);
}

/// A signature holds for what was signed, whatever JSON it is: these are signed by the right key.
#[tokio::test]
async fn b04_b10_signed_json_of_another_shape_is_refused() {
    let cast = Cast::new();
    let doors = cast.doors();
    let header = "{\"alg\":\"ES384\",\"typ\":\"JWT\",\"kid\":\"k1\"}";
    let exp = NOW.0 + 300;
    let claims = format!(
        "{{\"iss\":\"backend\",\"sub\":\"backend\",\"aud\":\"https://auth.example.org/token\",\"exp\":{exp},\"jti\":\"j\"}}"
    );
    let doubled = claims.replace("\"jti\"", "\"iss\":\"other\",\"jti\"");
    let nested = claims.replace("\"jti\"", "\"x\":{\"a\":1,\"a\":2},\"jti\"");
    let escaped = claims.replace("\"jti\"", "\"is\\u0073\":\"other\",\"jti\"");
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(4_000), "]".repeat(4_000));
    let longer = claims.replace("\"j\"", &format!("\"j\",\"x\":\"{}\"", "x".repeat(16_000)));
    let part = |text: &str| base64url::encode(text.as_bytes());
    let twice = header.replace("\"typ\"", "\"alg\":\"ES384\",\"typ\"");
    for (place, (header, claims)) in [
        (header, "null"),
        (header, "[]"),
        (header, "7"),
        (header, "\"text\""),
        (header, "{}"),
        (header, ""),
        (header, "{} {}"),
        (header, doubled.as_str()),
        (header, nested.as_str()),
        (header, escaped.as_str()),
        (header, deep.as_str()),
        (header, longer.as_str()),
        ("null", claims.as_str()),
        ("[]", claims.as_str()),
        (deep.as_str(), claims.as_str()),
        (twice.as_str(), claims.as_str()),
    ]
    .into_iter()
    .enumerate()
    {
        is_refused(&doors, place, &cast.key.sign_text(&format!("{}.{}", part(header), part(claims)))).await;
    }
    // The same text with nothing wrong is accepted.
    let good = cast.key.sign_text(&format!("{}.{}", part(header), part(&claims)));
    assert_eq!(doors.present(DOORS[0], &good).await.status, 200);
}
