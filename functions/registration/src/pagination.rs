//! One page of a list: the entries that a filter keeps, gathered from as many pages of the store as it takes, up to a few.

use form_urlencoded::Serializer;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use smart::parameters::Parameters;
use smart::ports::{Cursor, Page};
use web::{Response, respond};

use crate::call::bad_query;

/// How many entries a page of a list holds unless it is said, and at most.
const PAGE: usize = 50;
const MAX_PAGE: usize = 200;

/// How many pages of the store one request reads at most. A page that holds less than was asked still says where the list
/// goes on.
const ROUNDS: u8 = 5;

/// Builds one page of a list.
pub(crate) struct PageBuilder<T> {
    limit: usize,
    filtered: bool,
    items: Vec<T>,
    next: Option<Cursor>,
    rounds: u8,
    done: bool,
}

impl<T> PageBuilder<T> {
    /// What the query asks for. `filtered` says that not every entry will be kept.
    pub(crate) fn from_query(query: &Parameters, filtered: bool) -> Result<Self, Box<Response>> {
        let get = |name| query.get(name).map_err(|error| bad_query(error.sentence()));
        let limit = match get("limit")?.map(str::parse::<usize>) {
            None => PAGE,
            Some(Ok(limit)) if (1..=MAX_PAGE).contains(&limit) => limit,
            Some(_) => return Err(bad_query("limit must be a number from 1 to 200.")),
        };
        let next = get("cursor")?.map(|cursor| Cursor(cursor.to_owned()));
        Ok(Self { limit, filtered, items: Vec::new(), next, rounds: ROUNDS, done: false })
    }

    /// What to read next: behind which cursor, and how many.
    pub(crate) fn wanted(&self) -> Option<(Option<&Cursor>, usize)> {
        let size = if self.filtered { MAX_PAGE } else { self.limit - self.items.len() };
        (!self.done && self.rounds > 0 && size > 0).then_some((self.next.as_ref(), size))
    }

    /// Takes what was read.
    ///
    /// # Errors
    /// When the cursor was none.
    pub(crate) fn take(
        &mut self,
        page: Option<Page<T>>,
        keeps: impl Fn(&T) -> bool,
        place: impl Fn(&T) -> Cursor,
    ) -> Result<(), Box<Response>> {
        let page = page.ok_or_else(|| bad_query("cursor must be the next_cursor of an earlier answer."))?;
        self.rounds -= 1;
        self.done = page.next.is_none();
        self.next = page.next;
        for item in page.items {
            if self.items.len() == self.limit {
                // The rest of what was read comes with the next page.
                self.next = self.items.last().map(&place);
                self.done = true;
                break;
            }
            if keeps(&item) {
                self.items.push(item);
            }
        }
        self.done |= self.items.len() == self.limit;
        Ok(())
    }

    /// The page as an answer, with a link to the next one.
    ///
    /// Source: RFC 8288 §3.
    pub(crate) fn answer(self, path: &str, query: &Parameters, shown: impl Fn(&T) -> Value) -> Response {
        let items: Vec<Value> = self.items.iter().map(shown).collect();
        let Some(Cursor(next)) = self.next else {
            return respond::json(StatusCode::OK, &json!({ "items": items }));
        };
        let body = json!({ "items": items, "next_cursor": next });
        let mut response = respond::json(StatusCode::OK, &body);
        let kept = query.pairs().iter().filter(|(name, _)| name != "cursor");
        let again = Serializer::new(String::new()).extend_pairs(kept).append_pair("cursor", &next).finish();
        if let Ok(link) = HeaderValue::from_str(&format!("<{path}?{again}>; rel=\"next\"")) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}
