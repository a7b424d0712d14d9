//! The fetcher against servers that are slow, large, wrong or down. Only the two that are slow take time: two seconds. That
//! it is no more is measured by `cargo bench -p aws --bench slow_servers`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::json;
use testkit::fixtures;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// No machine is so busy that two seconds take this long.
const ENDLESS: Duration = Duration::from_secs(300);

/// What a server does with each connection; it is told how many came before.
type Script = fn(TcpStream, usize) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serves on loopback, and counts the connections.
async fn serving(script: Script) -> (JwksUri, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/jwks.json", listener.local_addr().unwrap()).parse().unwrap();
    let connected = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connected);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let before = counter.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await;
            tokio::spawn(script(stream, before));
        }
    });
    (address, connected)
}

fn source() -> HttpsJwks {
    HttpsJwks::new(Reach::PublicAndLoopback)
}

fn after(seconds: u64) -> UnixSeconds {
    UnixSeconds(NOW.0 + seconds)
}

async fn send(mut stream: TcpStream, head: &str, body: &str) {
    let length = body.len();
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn good_set(kid: &str) -> String {
    let mut key = fixtures::backend_client("x").1.public_jwk();
    key["kid"] = json!(kid);
    json!({ "keys": [key] }).to_string()
}

#[tokio::test]
async fn j04_ca_16_a_redirect_is_not_followed() {
    for status in ["301", "302", "303", "307", "308"] {
        let (other, reached) =
            serving(|stream, _| Box::pin(async move { send(stream, "200 OK", "{}").await })).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: JwksUri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let head = format!("{status} Moved\r\nlocation: {other}");
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 2048]).await;
            send(stream, &head, "").await;
        });
        assert!(source().keys(&address, false, NOW).await.is_err(), "{status}");
        assert_eq!(reached.load(Ordering::Relaxed), 0, "{status}");
    }
}

#[tokio::test]
async fn j07_a_silent_server_and_one_that_drips_are_given_up_after_two_seconds() {
    let (silent, _) = serving(|stream, _| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
    })
    .await;
    let (dripping, _) = serving(|mut stream, _| {
        Box::pin(async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
    })
    .await;
    let (began, source) = (Instant::now(), source());
    let both = async { tokio::join!(source.keys(&silent, false, NOW), source.keys(&dripping, false, NOW)) };
    let (one, other) = tokio::time::timeout(ENDLESS, both).await.expect("it waits without end");
    assert!(one.is_err() && other.is_err());
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(1900), "{took:?}");
}

#[tokio::test]
async fn j07_of_an_endless_answer_64_kib_are_read() {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    let (endless, _) = serving(|mut stream, _| {
        Box::pin(async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n").await;
            while stream.write_all(&[b' '; 4096]).await.is_ok() {
                SENT.fetch_add(4096, Ordering::Relaxed);
            }
        })
    })
    .await;
    let refused = source().keys(&endless, false, NOW).await.unwrap_err();
    assert!(refused.to_string().contains("64 KiB"), "{refused}");
    // What lies in the buffers of two sockets comes on top.
    assert!(SENT.load(Ordering::Relaxed) < 16 * 1024 * 1024);
}

#[tokio::test]
async fn j07_j08_what_is_no_key_set_is_refused_and_not_asked_for_again_for_ten_seconds() {
    let (address, connected) = serving(|stream, before| {
        Box::pin(async move {
            let many = json!({ "keys": vec![json!({ "kty": "OKP" }); 1000] }).to_string();
            match before {
                0 => send(stream, "204 No Content", "").await,
                1 => send(stream, "404 Not Found", &good_set("a")).await,
                2 => send(stream, "500 Oops", &good_set("a")).await,
                3 => send(stream, "200 OK\r\ncontent-type: text/html", "<html>").await,
                4 => send(stream, "200 OK", "{\"keys\":[").await,
                5 => send(stream, "200 OK", "{\"keys\":{}}").await,
                6 => send(stream, "200 OK", &many).await,
                7 => send(stream, "200 OK", "{\"keys\":[],\"keys\":[]}").await,
                8 => send(stream, "200 OK\r\ncontent-encoding: gzip", "\u{1f}\u{8b}\u{8}").await,
                _ => send(stream, "200 OK", &good_set("a")).await,
            }
        })
    })
    .await;
    let source = source();
    for place in 0..9_u64 {
        let now = after(place * 10);
        assert!(source.keys(&address, false, now).await.is_err(), "{place}");
        for again in [false, true] {
            assert!(source.keys(&address, again, UnixSeconds(now.0 + 9)).await.is_err());
        }
        assert_eq!(connected.load(Ordering::Relaxed) as u64, place + 1);
    }
    assert!(source.keys(&address, false, after(90)).await.is_ok(), "mended");
}

#[tokio::test]
async fn j09_a_private_key_spoils_the_set_and_an_unknown_kind_is_left_out() {
    let (address, _) = serving(|stream, before| {
        Box::pin(async move {
            let mut set: Value = serde_json::from_str(&good_set("a")).unwrap();
            let keys = set["keys"].as_array_mut().unwrap();
            match before {
                0 => keys[0]["d"] = json!("AQ"),
                1 => keys.push(json!({ "kty": "oct", "kid": "o", "k": "AQ" })),
                2 => keys.push(keys[0].clone()),
                _ => keys.push(json!({ "kty": "OKP", "crv": "Ed25519", "kid": "e", "x": "AQ" })),
            }
            send(stream, "200 OK", &set.to_string()).await;
        })
    })
    .await;
    let source = source();
    for place in 0..3 {
        assert!(source.keys(&address, false, after(place * 10)).await.is_err(), "{place}");
    }
    assert_eq!(source.keys(&address, false, after(30)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn j10_ca_18_a_thousand_unknown_kids_make_one_fetch_a_minute_and_one_at_a_time() {
    static IN_FLIGHT: AtomicUsize = AtomicUsize::new(0);
    static OVERLAPS: AtomicUsize = AtomicUsize::new(0);
    let (address, connected) = serving(|stream, _| {
        Box::pin(async move {
            OVERLAPS.fetch_add(IN_FLIGHT.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            tokio::task::yield_now().await;
            IN_FLIGHT.fetch_sub(1, Ordering::SeqCst);
            send(stream, "200 OK\r\ncache-control: max-age=3600", &good_set("a")).await;
        })
    })
    .await;
    let source = source();
    source.keys(&address, false, NOW).await.unwrap();
    for minute in 1..=2 {
        let mut requests = tokio::task::JoinSet::new();
        for place in 0..1000 {
            let (source, address) = (source.clone(), address.clone());
            requests.spawn(async move {
                source.keys(&address, true, after(60 * minute + place % 60)).await.is_ok()
            });
        }
        assert!(requests.join_all().await.into_iter().all(|known| known));
        assert!(connected.load(Ordering::Relaxed) as u64 <= 1 + minute + 1, "minute {minute}");
    }
    assert_eq!(OVERLAPS.load(Ordering::SeqCst), 0, "one at a time");
}

#[tokio::test]
async fn one_flight_an_address_serves_all_who_wait() {
    let (address, connected) =
        serving(|stream, _| Box::pin(async move { send(stream, "200 OK", &good_set("a")).await })).await;
    let source = source();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (source, address) = (source.clone(), address.clone());
        requests.spawn(async move { source.keys(&address, false, NOW).await.is_ok() });
    }
    assert!(requests.join_all().await.into_iter().all(|known| known));
    assert_eq!(connected.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn j11_ca_19_b27_keys_outlive_their_server_by_their_lifetime_and_no_longer() {
    let (address, connected) = serving(|stream, before| {
        Box::pin(async move {
            match before {
                0 => send(stream, "200 OK\r\ncache-control: max-age=600", &good_set("old")).await,
                1 | 2 => send(stream, "503 Down", "").await,
                _ => send(stream, "200 OK\r\ncache-control: max-age=600", &good_set("new")).await,
            }
        })
    })
    .await;
    let source = source();
    let kids = |keys: &KeySet| keys.kids().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(kids(&source.keys(&address, false, NOW).await.unwrap()), ["old"]);
    assert_eq!(
        kids(&source.keys(&address, true, after(300)).await.unwrap()),
        ["old"],
        "down, and still good"
    );
    assert_eq!(kids(&source.keys(&address, false, after(599)).await.unwrap()), ["old"]);
    assert_eq!(connected.load(Ordering::Relaxed), 2);
    assert!(source.keys(&address, false, after(600)).await.is_err(), "down, and no longer good");
    assert_eq!(
        kids(&source.keys(&address, false, after(610)).await.unwrap()),
        ["new"],
        "the old key is gone"
    );
}

#[tokio::test]
async fn an_address_on_this_machine_is_not_fetched_without_the_setting() {
    let (address, connected) =
        serving(|stream, _| Box::pin(async move { send(stream, "200 OK", &good_set("a")).await })).await;
    assert!(HttpsJwks::new(Reach::Public).keys(&address, false, NOW).await.is_err());
    assert_eq!(connected.load(Ordering::Relaxed), 0);
}

/// Blocked, refused, silent: the cause in the log differs, and the error is one and the same.
#[tokio::test]
async fn the_log_is_told_why_an_address_cannot_be_read() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nobody: JwksUri = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let refused = source().keys(&nobody, false, NOW).await.unwrap_err().to_string();
    assert!(refused.to_lowercase().contains("refused"), "{refused}");
    let blocked = HttpsJwks::new(Reach::Public).keys(&nobody, false, NOW).await.unwrap_err();
    assert!(blocked.to_string().contains("may not be reached"), "{blocked}");
}

#[test]
fn ca_17_j12_keys_are_kept_as_long_as_their_server_says_and_an_hour_at_most() {
    for (said, seconds) in [
        ("no-store", 0),
        ("max-age=0", 0),
        ("public, max-age=600", 600),
        ("max-age=315360000", 3600),
        ("max-age=\"60\"", 60),
        ("max-age=soon", 0),
        ("private", 300),
        ("No-Cache, max-age=600", 0),
        ("no-cache=\"x\", max-age=600", 0),
    ] {
        let headers = http::HeaderMap::from_iter([(header::CACHE_CONTROL, said.parse().unwrap())]);
        assert_eq!(lifetime(&headers), Duration::from_secs(seconds), "{said}");
    }
    assert_eq!(lifetime(&http::HeaderMap::new()), DEFAULT_LIFETIME);
    let mut aged = http::HeaderMap::from_iter([(header::CACHE_CONTROL, "max-age=600".parse().unwrap())]);
    aged.insert(header::AGE, "500".parse().unwrap());
    assert_eq!(lifetime(&aged), Duration::from_secs(100));
    aged.append(header::CACHE_CONTROL, "no-store".parse().unwrap());
    assert_eq!(lifetime(&aged), Duration::ZERO, "a second header counts too");
}
