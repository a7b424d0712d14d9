//! A DynamoDB that says what it is told to, call by call.

use std::sync::{Arc, Mutex};

use aws::dynamodb::{Table, TableNames, Tables};
use aws::{Aws, EmulatorUrls};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it says to one call.
#[derive(Clone, Debug)]
pub(crate) enum ScriptedReply {
    /// This status and this body.
    Says(u16, Value),
    /// A condition failed because of the very item of the call: it was written before, and the answer got lost.
    RefusedByOwnItem,
}

impl ScriptedReply {
    /// Done, with nothing to show.
    pub(crate) fn done() -> Self {
        Self::Says(200, json!({}))
    }

    /// Too many calls.
    pub(crate) fn throttled() -> Self {
        fault(400, "ProvisionedThroughputExceededException")
    }

    /// A fault of AWS.
    pub(crate) fn internal() -> Self {
        fault(500, "InternalServerError")
    }
}

fn fault(status: u16, kind: &str) -> ScriptedReply {
    ScriptedReply::Says(
        status,
        json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": "-" }),
    )
}

/// A failed condition, with the item as it is if there is one.
pub(crate) fn refused(item: Option<Value>) -> ScriptedReply {
    let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    let mut body = json!({ "__type": kind, "message": "The conditional request failed" });
    if let Some(item) = item {
        body["Item"] = item;
    }
    ScriptedReply::Says(400, body)
}

/// A cancelled transaction, with a reason for each part.
pub(crate) fn cancelled(reasons: &[(&str, Option<Value>)]) -> ScriptedReply {
    let reason = |(code, item): &(&str, Option<Value>)| {
        let mut reason = json!({ "Code": code });
        if let Some(item) = item {
            reason["Item"] = item.clone();
        }
        reason
    };
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let reasons: Vec<_> = reasons.iter().map(reason).collect();
    ScriptedReply::Says(
        400,
        json!({ "__type": kind, "Message": "cancelled", "CancellationReasons": reasons }),
    )
}

/// A struct as DynamoDB writes an item.
pub(crate) fn item_of(value: &impl Serialize) -> Value {
    attribute(&serde_json::to_value(value).unwrap())["M"].clone()
}

fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(flag) => json!({ "BOOL": flag }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(values) => json!({ "L": values.iter().map(attribute).collect::<Vec<_>>() }),
        Value::Object(members) => {
            let members: serde_json::Map<_, _> =
                members.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
            json!({ "M": members })
        }
    }
}

/// The calls that came, as their bodies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scripted(Arc<Mutex<Vec<Value>>>);

impl Scripted {
    /// Tables whose calls are answered with these, one after the other.
    pub(crate) async fn say(answers: Vec<ScriptedReply>) -> (Tables, Self) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (calls, answers) = (Self::default(), Arc::new(Mutex::new(answers.into_iter())));
        let seen = calls.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&answers), seen.clone()));
            }
        });
        let emulators = EmulatorUrls { dynamodb: url.clone(), kms: url };
        let names = TableNames::of_program([
            (Table::Clients, "clients".to_owned()),
            (Table::Users, "users".to_owned()),
            (Table::Grants, "grants".to_owned()),
            (Table::Consents, "consents".to_owned()),
            (Table::Attempts, "attempts".to_owned()),
            (Table::Replay, "replay".to_owned()),
        ]);
        (Tables::new(Aws::emulated_at(emulators).await.dynamodb(), names), calls)
    }

    /// How many calls came.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Whether each transaction had a token of its own.
    pub(crate) fn all_have_tokens(&self) -> bool {
        let calls = self.0.lock().unwrap();
        let mut tokens: Vec<_> =
            calls.iter().filter_map(|call| call["ClientRequestToken"].as_str()).collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens.len() == calls.len()
    }
}

/// Answers the calls of one connection.
async fn serve(stream: TcpStream, answers: Arc<Mutex<std::vec::IntoIter<ScriptedReply>>>, calls: Scripted) {
    let mut stream = BufReader::new(stream);
    while let Some(call) = read(&mut stream).await {
        let answer = answers.lock().unwrap().next().expect("a call more than was scripted");
        let (status, body) = match answer {
            ScriptedReply::Says(status, body) => (status, body),
            ScriptedReply::RefusedByOwnItem => {
                let ScriptedReply::Says(status, body) = refused(Some(call["Item"].clone())) else {
                    unreachable!()
                };
                (status, body)
            }
        };
        calls.0.lock().unwrap().push(call);
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await.unwrap();
    }
}

/// The body of the next call; nothing once the connection is closed.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    serde_json::from_slice(&body).ok()
}
