//! What a backend token costs in processor time, beside the two signatures that nobody can save: verifying ES384 and
//! signing RS256.

use std::fmt;
use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use http::StatusCode;
use rustix::time::ClockId;
use smart::issuing::{TokenDesk, TokenGrant, client_credentials};
use smart::ports::Signer as _;
use smart::service::Service;
use smart_verify::base64url;
use web::authorization_header::credentials;
use web::body;
use web::{Request, respond};

use crate::fixtures::{self, BackendKey, NOW};
use crate::{LocalSigner, MemoryStore, NoJwks, With};

/// How many tokens make one measurement.
const BATCH: usize = 20;

/// Processor time a token, the least of several measurements each.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Verifying an ES384 signature and making an RS256 one.
    pub bare: Duration,
    /// The whole answer: form, rules, key, signature, replay, scopes, token, JSON.
    pub whole: Duration,
}

impl Cost {
    /// How many times the bare cost the whole is.
    pub fn ratio(&self) -> f64 {
        self.whole.as_secs_f64() / self.bare.as_secs_f64()
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, bare, ratio) = (self.whole.as_micros(), self.bare.as_micros(), self.ratio());
        write!(out, "a backend token takes {whole} us, the bare signatures {bare} us: {ratio:.2} times")
    }
}

/// Measures both in turns, so that whatever else the machine does falls on both.
pub fn of_a_backend_token(measurements: usize) -> Cost {
    let stage = Stage::set();
    let mut least = Cost { bare: Duration::MAX, whole: Duration::MAX };
    for _ in 0..measurements {
        let assertions: Vec<String> = (0..BATCH).map(|_| stage.assertion()).collect();
        least.bare = least.bare.min(time_of(|| assertions.iter().for_each(|text| stage.bare(text))));
        least.whole = least.whole.min(time_of(|| assertions.iter().for_each(|text| stage.whole(text))));
    }
    least
}

fn time_of(work: impl FnOnce()) -> Duration {
    let before = thread_time();
    work();
    (thread_time() - before) / u32::try_from(BATCH).unwrap()
}

/// The time that this thread has had a processor for. It is exact, unlike what `/proc` says, which goes on in steps of 4 ms.
///
/// Source: POSIX.1-2024, `clock_gettime`, `CLOCK_THREAD_CPUTIME_ID`.
pub fn thread_time() -> Duration {
    rustix::time::clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

struct Stage {
    runtime: tokio::runtime::Runtime,
    desk: TokenDesk<With<MemoryStore, LocalSigner, NoJwks>>,
    key: BackendKey,
    point: Vec<u8>,
}

impl Stage {
    fn set() -> Self {
        let store = MemoryStore::default();
        let (client, key) = fixtures::backend_client("measured");
        store.put_client(client);
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let desk = TokenDesk { store, signer: LocalSigner::default(), jwks: NoJwks, service };
        let jwk = key.public_jwk();
        let coordinate = |name: &str| base64url::decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { runtime, desk, key, point }
    }

    fn assertion(&self) -> String {
        self.key.assertion("measured", &smart::random::text::<16>())
    }

    fn bare(&self, assertion: &str) {
        let (input, signature) = assertion.rsplit_once('.').unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &self.point);
        key.verify(input.as_bytes(), &base64url::decode(signature).unwrap()).unwrap();
        let signature = self.runtime.block_on(self.desk.signer.sign("", input)).unwrap();
        black_box(base64url::encode(&signature));
    }

    fn whole(&self, assertion: &str) {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let body = format!(
            "grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}&scope=system%2F*.rs"
        );
        let request = http::Request::post("https://auth.example.org/token")
            .header("content-type", "application/x-www-form-urlencoded");
        let request: Request = request.body(body.into()).unwrap();
        let answer = self.runtime.block_on(async {
            let parameters = body::parameters(&request)?;
            TokenGrant::asked(&parameters)?;
            let client =
                self.desk.authenticate(&parameters, credentials(request.headers()), None, NOW).await?;
            client_credentials::issue(&parameters, client, &self.desk, NOW).await
        });
        let response = respond::to_client(&request, &self.desk.service, &answer);
        assert_eq!(response.status(), StatusCode::OK);
        black_box(response);
    }
}
