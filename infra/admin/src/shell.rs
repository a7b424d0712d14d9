//! Commands that an operator pastes into a shell.

/// A command of these words.
pub(crate) fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// A word for a POSIX shell.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,=@+".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_the_words_that_were_written() {
        let words =
            ["plain-1.2/x:y,z=@+", "", "two words", "it's", "$HOME `id` \\ \"q\"", "a\nb", "*", "~", "#"];
        let printed = Command::new("sh").args(["-c", &format!("printf '%s\\0' {}", command(words))]).output();
        let printed = String::from_utf8(printed.unwrap().stdout).unwrap();
        assert_eq!(printed.split_terminator('\0').collect::<Vec<_>>(), words);
        assert_eq!(quoted("smart-prod"), "smart-prod");
    }
}
