//! Where names lead.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// Addresses on their way.
pub(crate) type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Looks names up.
pub(crate) trait Names: fmt::Debug + Send + Sync {
    /// The addresses of a name; a port of 0 stands for the usual one.
    fn addresses<'a>(&'a self, name: &'a str) -> Addresses<'a>;
}

/// Asks the operating system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemNames;

impl Names for SystemNames {
    fn addresses<'a>(&'a self, name: &'a str) -> Addresses<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}
