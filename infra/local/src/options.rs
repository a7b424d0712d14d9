//! What can be said on the command line.

use std::path::PathBuf;

use clap::Parser;

use crate::clock::Clock;

/// Runs the whole service on this machine, for trying it out and for developing apps against it. Everything
/// listens on 127.0.0.1 only. Stop it with Ctrl-C.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
pub struct Options {
    /// The port of the service. The other listeners take free ports
    #[arg(long, default_value_t = DEFAULT_PORT, value_name = "PORT")]
    pub port: u16,

    /// Keep what is stored, and the keys, in this directory. Without it everything is gone at the end
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// First remove what an earlier run stored in the directory of --data
    #[arg(long, requires = "data")]
    pub reset: bool,

    /// Give a parameter of template.yaml another value, as a deployment can. May be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter, conflicts_with = "emulators_only")]
    pub parameters: Vec<(String, String)>,

    /// Write a setting into the SettingsTable, as `cargo admin settings set` does. An empty value removes the setting. May
    /// be repeated
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = parameter)]
    pub settings: Vec<(String, String)>,

    /// Let each call to DynamoDB and KMS take so many milliseconds, as over a network
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    pub delay: u64,

    /// Leave out the gateway and the functions: `cargo lambda watch` plays them, on port 9000. Every port is
    /// fixed, as infra/local/stand-ins.env names them
    #[arg(long = "stand-ins", conflicts_with = "port")]
    pub emulators_only: bool,

    /// Let another emulator of AWS play DynamoDB and KMS, as tests/peers does for a second opinion; the file says where
    /// it is, the number which of its accounts is ours
    #[arg(
        long = "elsewhere",
        hide = true,
        value_name = "FILE:NUMBER",
        value_parser = external_emulator,
        conflicts_with = "data"
    )]
    pub external_emulator: Option<(PathBuf, usize)>,

    /// The clock, which tests may stop
    #[arg(skip)]
    pub clock: Clock,
}

/// The port of the service when none is chosen.
pub const DEFAULT_PORT: u16 = 9000;

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as Organisation=Example")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn external_emulator(text: &str) -> Result<(PathBuf, usize), String> {
    let (file, number) = text.rsplit_once(':').ok_or("write FILE:NUMBER")?;
    Ok((file.into(), number.parse().map_err(|_| "write FILE:NUMBER")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &str) -> Result<Options, clap::Error> {
        Options::try_parse_from(std::iter::once("dev").chain(arguments.split_whitespace()))
    }

    #[test]
    fn the_port_is_9000_unless_another_is_chosen() {
        assert_eq!(parsed("").unwrap().port, 9000);
        assert_eq!(parsed("--port 8123").unwrap().port, 8123);
    }

    #[test]
    fn a_parameter_has_a_name_and_a_value() {
        let given = parsed("--parameter Organisation=A=B --parameter Sandbox=false").unwrap().parameters;
        assert_eq!(
            given,
            [("Organisation", "A=B"), ("Sandbox", "false")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        assert!(parsed("--parameter Organisation").is_err());
    }

    #[test]
    fn reset_needs_a_directory() {
        assert!(parsed("--reset").is_err());
        assert!(parsed("--data d --reset").unwrap().reset);
    }

    #[test]
    fn the_ports_of_the_emulators_are_fixed() {
        assert!(parsed("--stand-ins").unwrap().emulators_only);
        assert!(parsed("--stand-ins --port 1").is_err());
    }
}
