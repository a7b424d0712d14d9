//! How long a request waits for the keys of a client whose server is slow.
//!
//! `cargo bench -p aws --bench slow_servers`

#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]

use std::future::pending;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws::jwks_http::{HttpsJwks, Reach};
use smart::client::JwksUri;
use smart::ports::JwksSource as _;
use smart_verify::time::UnixSeconds;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Where the run fails. The limit of a fetch is 2 seconds, and two at the same time wait together.
const SHORTEST: Duration = Duration::from_millis(1900);
const LONGEST: Duration = Duration::from_millis(3500);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let silent = serving(|stream| async move {
        pending::<()>().await;
        drop(stream);
    });
    let dripping = serving(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let (silent, dripping) = (silent.await, dripping.await);
    let (source, now) = (HttpsJwks::new(Reach::PublicAndLoopback), UnixSeconds(1_800_000_000));
    let began = Instant::now();
    let (one, other) = tokio::join!(source.keys(&silent, false, now), source.keys(&dripping, false, now));
    let took = began.elapsed();
    eprintln!("a silent server and one that drips: given up after {took:?} ({SHORTEST:?} to {LONGEST:?})");
    let is_well = one.is_err() && other.is_err() && (SHORTEST..LONGEST).contains(&took);
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Serves each connection on loopback, once its request has arrived.
async fn serving<F>(script: impl Fn(TcpStream) -> F + Send + 'static) -> JwksUri
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/jwks.json", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 2048]).await;
            tokio::spawn(script(stream));
        }
    });
    address
}
