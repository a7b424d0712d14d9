//! A page as a browser would use it: its form, with what is filled in already.

use super::{Answer, service};

/// A page of ours.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) answer: Answer,
}

impl Page {
    /// The text of its heading.
    pub(crate) fn heading(&self) -> String {
        let from = self.answer.text.find("<h1").map(|start| &self.answer.text[start..]);
        let inner = from.and_then(|rest| rest.split_once('>')).and_then(|(_, rest)| rest.split_once("</h1>"));
        decoded(inner.map(|(text, _)| text).unwrap_or_default())
    }

    /// Where its POST form goes.
    pub(crate) fn action(&self) -> String {
        let form = self.tags("form").into_iter().find(|tag| tag.contains("method=\"post\""));
        attribute(&form.unwrap_or_else(|| panic!("no form: {}", self.heading())), "action").unwrap()
    }

    /// The password of a seeded person.
    pub(crate) fn password(&self, user: &str) -> &'static str {
        service().seeded.users.iter().find(|known| known.name == user).unwrap().password
    }

    /// What would be sent with nothing changed: hidden fields, ticked boxes and chosen radios.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let sent = |tag: &String| match attribute(tag, "type").as_deref() {
            Some("hidden") => true,
            Some("checkbox" | "radio") => tag.contains(" checked"),
            _ => false,
        };
        let pair =
            |tag: String| Some((attribute(&tag, "name")?, attribute(&tag, "value").unwrap_or_default()));
        self.tags("input").into_iter().filter(sent).filter_map(pair).collect()
    }

    /// The values of its radios.
    pub(crate) fn choices(&self) -> Vec<String> {
        let radios = self.tags("input").into_iter().filter(|tag| tag.contains("type=\"radio\""));
        radios.filter_map(|tag| attribute(&tag, "value")).collect()
    }

    /// Where a link of this text leads.
    pub(crate) fn link(&self, text: &str) -> String {
        let end = self.answer.text.find(&format!(">{text}</a>")).unwrap_or_else(|| panic!("no link {text}"));
        let start = self.answer.text[..end].rfind("<a ").unwrap();
        attribute(&self.answer.text[start + 2..end], "href").unwrap()
    }

    /// The page as if the form that leads to a path were all of it.
    pub(crate) fn form_to(&self, path: &str) -> Self {
        let forms = self.answer.text.split("<form ").skip(1);
        let mut forms = forms.filter_map(|form| form.split("</form>").next());
        let form =
            forms.find(|form| form.contains(&format!("action=\"{path}"))).expect("a form that leads there");
        let text = format!("<form {form}</form>");
        Self { answer: Answer { text, ..self.answer.clone() } }
    }

    fn tags(&self, name: &str) -> Vec<String> {
        let opening = format!("<{name} ");
        let parts = self.answer.text.split(opening.as_str()).skip(1);
        parts.map(|part| format!(" {}", part.split('>').next().unwrap_or_default())).collect()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(decoded)
}

fn decoded(text: &str) -> String {
    let named =
        [("&#38;", "&"), ("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}
