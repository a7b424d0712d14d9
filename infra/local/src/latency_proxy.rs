//! A proxy that delays the answers of a server, as a network does.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

/// The most that is passed on at once: larger than any answer of a test, so that each waits once.
const CHUNK: usize = 256 * 1024;

/// Passes on what arrives at `from` to the server at `port` of this machine, and what that answers after `delay`.
pub(crate) async fn relay(from: TcpListener, port: u16, delay: Duration) {
    while let Ok((client, _)) = from.accept().await {
        tokio::spawn(async move {
            // Whoever hangs up ends it for both.
            let _ended = pass_on(client, port, delay).await;
        });
    }
}

async fn pass_on(mut client: TcpStream, port: u16, delay: Duration) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let asked = copy(&mut from_client, &mut to_server);
    let answered = async {
        let mut chunk = vec![0; CHUNK];
        loop {
            match from_server.read(&mut chunk).await? {
                0 => return Ok(()),
                length => {
                    tokio::time::sleep(delay).await;
                    to_client.write_all(&chunk[..length]).await?;
                }
            }
        }
    };
    tokio::select! {
        ended = asked => ended.map(drop),
        ended = answered => ended,
    }
}
