//! The calls to AWS that a flow makes, counted with a stand-in each call of which takes 20 ms at KMS, so that what
//! happens side by side and what happens in sequence can be told apart.

use aws::calls::{Call, CallLog};
use local::{Options, Stack};

use crate::support::{Answer, form, http};

struct Counted {
    stack: Stack,
}

impl Counted {
    async fn start() -> Self {
        Self { stack: Stack::start(&Options::default()).await.unwrap() }
    }

    /// What a function has called since it was last asked.
    fn calls(&self, function: &str) -> Vec<Call> {
        self.stack.calls[function].take()
    }

    async fn backend_token(&self, door: &str) -> Answer {
        let audience = format!("{}/token", self.stack.urls.issuer);
        let assertion = self.stack.seeded.backend.assertion(&audience, aws::lambda::now());
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let request = http().post(format!("{}{door}", self.stack.urls.issuer)).body(form(&pairs));
        Answer::of(request.header("content-type", "application/x-www-form-urlencoded")).await
    }
}

fn actions(calls: &[Call]) -> Vec<&str> {
    let mut actions: Vec<&str> = calls.iter().map(|call| call.action.as_str()).collect();
    actions.sort_unstable();
    actions
}

#[tokio::test]
async fn a_backend_token_takes_two_calls_side_by_side_and_no_function_calls_what_its_policy_forbids() {
    let counted = Counted::start().await;
    let doors = [("/token", "TokenFunction"), ("/backend-token", "BackendTokenFunction")];
    for (door, function) in doors {
        // The first request reads the client, which is remembered afterwards.
        assert_eq!(counted.backend_token(door).await.status, 200);
        counted.calls(function);
        counted.stack.kms.delay(std::time::Duration::from_millis(20));
        assert_eq!(counted.backend_token(door).await.status, 200);
        counted.stack.kms.delay(std::time::Duration::ZERO);
        let calls = counted.calls(function);
        assert_eq!(actions(&calls), ["dynamodb:PutItem", "kms:Sign"], "{door}");
        assert_eq!(CallLog::depth(&calls), 1, "{door}: {calls:?}");
    }
    counted.stack.stop().await;
}
