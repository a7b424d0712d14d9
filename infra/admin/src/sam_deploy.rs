//! The command that deploys some parameters, as an operator pastes it.

use crate::shell;

/// A deployment that changes some parameters; all others keep the values that they have in the stack.
pub(crate) struct SamDeploy<'a> {
    /// The name of the stack, where SAM's configuration does not name it.
    pub(crate) stack: Option<&'a str>,
    /// The environment of `samconfig.toml`.
    pub(crate) config_env: Option<&'a str>,
    /// Names and values. Values without spaces, quotes and backslashes alone: SAM takes these as they are.
    pub(crate) parameters: Vec<(&'static str, String)>,
}

impl SamDeploy<'_> {
    /// The whole command, quoted for the shell.
    pub(crate) fn command(&self) -> String {
        let mut words = vec!["sam".to_owned(), "deploy".to_owned()];
        for (option, value) in [("--config-env", self.config_env), ("--stack-name", self.stack)] {
            words.extend(value.into_iter().flat_map(|value| [option.to_owned(), value.to_owned()]));
        }
        words.push("--parameter-overrides".to_owned());
        words.extend(self.parameters.iter().map(|(name, value)| format!("{name}={value}")));
        shell::command(words.iter().map(String::as_str))
    }
}
