//! No special address is reached, however it is written and whatever its name is: a listener counts.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;

use super::names::Addresses;
use super::*;

const SPECIAL: [&str; 34] = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "ff02::1",
    "::127.0.0.1",
    "fec0::1",
];

/// Answers each look-up with the next list, and the last one for ever. Counts the look-ups.
#[derive(Debug)]
struct Scripted {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Vec<SocketAddr>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), asked: AtomicUsize::new(0) })
    }
}

impl Names for Scripted {
    fn addresses<'a>(&'a self, _name: &'a str) -> Addresses<'a> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move { Ok(answer.unwrap_or_default()) })
    }
}

/// A listener on loopback, both kinds where there are two, and how many have connected.
async fn listener() -> (u16, Arc<AtomicUsize>) {
    let v4 = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = v4.local_addr().unwrap().port();
    let connected = Arc::new(AtomicUsize::new(0));
    let listeners = [Some(v4), TcpListener::bind(("::1", port)).await.ok()];
    for listener in listeners.into_iter().flatten() {
        let connected = Arc::clone(&connected);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                connected.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    (port, connected)
}

/// Whether something was refused before it was sent, or failed.
async fn fails(outbound: &Outbound, address: &str) -> bool {
    match outbound.get(address) {
        Ok(request) => request.send().await.is_err(),
        Err(NotSent::Blocked) => true,
        Err(NotSent::NoClient(error)) => panic!("{error}"),
    }
}

#[test]
fn j01_no_special_address_is_public() {
    for text in SPECIAL {
        assert!(!is_public(text.parse().unwrap()), "{text}");
    }
    for text in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.3.1", "2606:4700::1111", "2a00:1450::1"] {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn j01_j02_j05_j06_addresses_written_in_any_way_open_no_connection() {
    let (port, connected) = listener().await;
    let outbound = Outbound::new(Reach::Public, Arc::new(SystemNames));
    let mut hosts: Vec<String> = SPECIAL
        .iter()
        .map(|ip| if ip.contains(':') { format!("[{ip}]") } else { (*ip).to_owned() })
        .collect();
    hosts.extend(
        ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "localhost.", "localhost", "[::ffff:7f00:1]"]
            .map(str::to_owned),
    );
    for host in hosts {
        for scheme in ["https", "http", "ftp", "gopher", "ws"] {
            let address = format!("{scheme}://{host}:{port}/jwks");
            assert!(fails(&outbound, &address).await, "{address}");
        }
    }
    for address in [
        "file:///etc/passwd".to_owned(),
        "data:application/json,{}".to_owned(),
        format!("https://user:pass@localhost:{port}/"),
        format!("https://127.0.0.1:{port}#@app.example.org"),
        format!("http://127.0.0.1:{port}/2018-06-01/runtime/invocation/next"),
        "not an address".to_owned(),
    ] {
        assert!(fails(&outbound, &address).await, "{address}");
    }
    assert_eq!(connected.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn j01_j03_a_name_that_leads_to_a_special_address_opens_no_connection() {
    let (port, connected) = listener().await;
    let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), port);
    for special in SPECIAL {
        for answer in [vec![at(special)], vec![at("1.1.1.1"), at(special)], vec![at(special), at("1.1.1.1")]]
        {
            let names = Scripted::new([answer]);
            let outbound = Outbound::new(Reach::Public, names);
            assert!(fails(&outbound, "https://app.example.org/jwks").await, "{special}");
        }
    }
    assert!(fails(&Outbound::new(Reach::Public, Scripted::new([vec![]])), "https://a.test/").await);
    assert_eq!(connected.load(Ordering::Relaxed), 0);
}

/// The name is asked once, and what is connected to is what was looked at: a second answer has no way in.
#[tokio::test]
async fn j03_the_addresses_that_were_looked_at_are_the_ones_that_are_used() {
    let public = SocketAddr::new("1.1.1.1".parse().unwrap(), 0);
    let private = SocketAddr::new("127.0.0.1".parse().unwrap(), 0);
    let names = Scripted::new([vec![public], vec![private]]);
    let pinned = Pinned { names: Arc::clone(&names) as Arc<dyn Names>, reach: Reach::Public };
    let name = || "app.example.org".parse::<Name>().unwrap();
    let first: Vec<SocketAddr> = pinned.resolve(name()).await.unwrap().collect();
    assert_eq!((first, names.asked.load(Ordering::Relaxed)), (vec![public], 1));
    assert!(pinned.resolve(name()).await.is_err(), "the second answer is looked at too");
}

/// The listener does count: with the setting for development, and for what that setting is about, it is reached.
#[tokio::test]
async fn loopback_is_reached_under_the_setting_for_development_alone_and_only_by_http() {
    let (port, connected) = listener().await;
    let loopback = SocketAddr::new("127.0.0.1".parse().unwrap(), port);
    let outbound = Outbound::new(Reach::PublicAndLoopback, Scripted::new([vec![loopback]]));
    let still_blocked =
        ["https://app.example.org/jwks", "https://127.0.0.1/", "http://10.0.0.1/", "http://app.example.org/"];
    for address in still_blocked {
        assert!(fails(&outbound, address).await, "{address}");
    }
    assert_eq!(connected.load(Ordering::Relaxed), 0);
    for (host, count) in [("127.0.0.1", 1), ("localhost", 2)] {
        let request = outbound.get(&format!("http://{host}:{port}/jwks")).unwrap();
        let counted = async {
            while connected.load(Ordering::Relaxed) < count {
                tokio::task::yield_now().await;
            }
        };
        // The listener never answers, so the request is dropped once it is counted.
        tokio::select! {
            answer = request.send() => panic!("{answer:?}"),
            () = counted => {}
        }
    }
    assert_eq!(connected.load(Ordering::Relaxed), 2);
}
