//! A proxy that stands between the AWS SDK and what plays AWS, and lets one thing go wrong: HTTP/1.1 in its plainest form.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It answers 500.
    Internal,
    /// It answers that there were too many calls.
    Throttled,
    /// It answers 400 with this exception.
    Exception(&'static str),
    /// The connection ends before anything has arrived.
    Reset,
    /// All is done, and the connection ends before the answer.
    Cut,
    /// All is done, and the answer comes this much later.
    Slow(Duration),
    /// The call arrives this much later, whoever still waits for its answer.
    Late(Duration),
    /// The answer says something else.
    Said(fn(&mut Value)),
}

/// Which calls a fault befalls: those of one action, such as `GetItem`, from the `nth` on, counted from 0.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The action; `*` is any.
    pub action: &'static str,
    /// The first call that it befalls.
    pub nth: usize,
    /// How many.
    pub times: usize,
    /// What befalls them.
    pub fault: Fault,
}

#[derive(Debug, Default)]
struct Faults {
    plan: Option<Plan>,
    seen: BTreeMap<String, usize>,
}

/// The proxy. Clones are the same proxy.
#[derive(Clone, Debug, Default)]
pub struct Proxy(Arc<Mutex<Faults>>);

impl Proxy {
    /// Stands before an address from now on, and gives the one to use instead.
    pub async fn before(&self, address: &str) -> String {
        let upstream: SocketAddr = address.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let proxy = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(proxy.clone().relay(client, upstream));
            }
        });
        own
    }

    /// From now on this goes wrong, and nothing else; calls are counted anew.
    pub fn plan(&self, plan: Plan) {
        *self.lock() = Faults { plan: Some(plan), seen: BTreeMap::new() };
    }

    /// From now on nothing goes wrong. How many calls of each action there were since the plan was made.
    pub fn calm(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.lock()).seen
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrived(&self, action: &str) -> Option<Fault> {
        let faults = &mut *self.lock();
        let plan = faults.plan?;
        let all: usize = faults.seen.values().sum();
        let of_action = faults.seen.entry(action.to_owned()).or_default();
        let nth = if plan.action == "*" { all } else { *of_action };
        *of_action += 1;
        let meant = plan.action == "*" || plan.action == action;
        (meant && nth >= plan.nth && nth - plan.nth < plan.times).then_some(plan.fault)
    }

    async fn relay(self, client: TcpStream, upstream: SocketAddr) {
        let mut client = BufReader::new(client);
        while let Ok(request) = Message::read(&mut client).await {
            let target = request.header("x-amz-target").unwrap_or_default();
            let (service, action) = target.split_once('.').unwrap_or_default();
            let answer = match self.arrived(action) {
                None => request.passed_on(upstream).await,
                Some(Fault::Internal) => Ok(Message::fault(500, "InternalServerError")),
                Some(Fault::Throttled) if service.starts_with("DynamoDB") => {
                    Ok(Message::fault(400, "ProvisionedThroughputExceededException"))
                }
                Some(Fault::Throttled) => Ok(Message::fault(400, "ThrottlingException")),
                Some(Fault::Exception(name)) => Ok(Message::fault(400, name)),
                Some(Fault::Reset) => return,
                Some(Fault::Cut) => {
                    request.passed_on(upstream).await.unwrap();
                    return;
                }
                Some(Fault::Slow(delay)) => {
                    let answer = request.passed_on(upstream).await;
                    tokio::time::sleep(delay).await;
                    answer
                }
                Some(Fault::Late(delay)) => {
                    tokio::time::sleep(delay).await;
                    request.passed_on(upstream).await
                }
                Some(Fault::Said(edit)) => {
                    request.passed_on(upstream).await.map(|answer| answer.edited(edit))
                }
            };
            let Ok(answer) = answer else { return };
            if client.write_all(&[answer.head, answer.body].concat()).await.is_err() {
                return;
            }
        }
    }
}

/// A request or an answer.
struct Message {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Message {
    async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_until(b'\n', &mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let mut message = Self { head, body: Vec::new() };
        let length = message.header("content-length").and_then(|length| length.parse().ok());
        message.body.resize(length.unwrap_or_default(), 0);
        stream.read_exact(&mut message.body).await?;
        Ok(message)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = std::str::from_utf8(&self.head).ok()?.lines();
        let mut fields = lines.filter_map(|line| line.split_once(": "));
        fields.find_map(|(field, value)| field.eq_ignore_ascii_case(name).then_some(value))
    }

    async fn passed_on(&self, upstream: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(upstream).await?;
        stream.write_all(&[&self.head[..], &self.body].concat()).await?;
        Self::read(&mut BufReader::new(stream)).await
    }

    fn of(status: u16, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        let head = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Self { head: head.into_bytes(), body }
    }

    fn fault(status: u16, name: &str) -> Self {
        Self::of(status, &json!({ "__type": name, "message": "as planned" }))
    }

    fn edited(self, edit: fn(&mut Value)) -> Self {
        let mut body = serde_json::from_slice(&self.body).unwrap();
        edit(&mut body);
        Self::of(200, &body)
    }
}
