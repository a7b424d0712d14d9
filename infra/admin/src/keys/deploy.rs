//! The next schedule as the two parameters of the template, and the command that deploys them.

use serde_json::{Value, json};
use smart::signing_keys::Schedule;
use smart_verify::time::UnixSeconds;

use super::list;
use crate::report::Report;
use crate::sam_deploy::quoted;

/// A schedule that is to be deployed.
pub(super) struct Next<'a> {
    pub(super) schedule: &'a Schedule,
    pub(super) stack: Option<&'a str>,
}

impl Next<'_> {
    /// A report of it, with what else scripts get.
    pub(super) fn report(&self, more: Value, now: UnixSeconds) -> Report {
        let mut json = json!({
            "parameters": { "SigningKeys": self.signing_keys(), "SigningKeyArns": self.arns() },
            "deploy": self.command(),
        });
        if let (Some(json), Value::Object(more)) = (json.as_object_mut(), more) {
            json.extend(more);
        }
        Report::new(json)
            .heading("The next schedule")
            .table(list::HEAD.to_vec(), list::table(self.schedule, now))
            .heading("Parameters")
            .text(format!("SigningKeys={}", self.signing_keys()))
            .text(format!("SigningKeyArns={}", self.arns()))
            .heading("Deploy it")
            .text(self.command())
    }

    fn signing_keys(&self) -> String {
        serde_json::to_string(self.schedule).unwrap_or_default()
    }

    fn arns(&self) -> String {
        let arns: Vec<_> = self.schedule.keys().iter().map(|key| key.key.as_str()).collect();
        arns.join(",")
    }

    /// SAM takes a value with quotes only between quotes, each quote inside behind a backslash. What is not named keeps
    /// the value it has in the stack.
    fn command(&self) -> String {
        let stack = self.stack.map(|name| format!(" --stack-name {}", quoted(name))).unwrap_or_default();
        let schedule = self.signing_keys().replace('"', "\\\"");
        let schedule = quoted(&format!("SigningKeys=\"{schedule}\""));
        format!("sam deploy{stack} --parameter-overrides {schedule} 'SigningKeyArns={}'", self.arns())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_quoted_as_the_shell_and_sam_want_it() {
        let arn = "arn:aws:kms:eu-central-1:000000000000:key/1";
        let schedule = Schedule::parse(arn).unwrap();
        let command = |stack| Next { schedule: &schedule, stack }.command();
        let parameters = r#"'SigningKeys="[{\"key\":\"ARN\",\"algorithm\":\"RS256\",\"publish_from\":0,\"sign_from\":0}]"' 'SigningKeyArns=ARN'"#;
        let parameters = parameters.replace("ARN", arn);
        assert_eq!(command(None), format!("sam deploy --parameter-overrides {parameters}"));
        assert!(command(Some("smart-test")).starts_with("sam deploy --stack-name smart-test --parameter"));
        assert!(command(Some("it's")).starts_with(r"sam deploy --stack-name 'it'\''s' --parameter"));
    }
}
