//! The records of answers, as they are written to the log.

use smart::audit::{Event, Record};
use web::{Response, notes};

/// The records of the answers so far.
#[derive(Debug, Default)]
pub struct Records(pub Vec<Record>);

impl Records {
    /// Keeps the records of an answer, which has some.
    ///
    /// # Panics
    /// When it has none.
    pub fn of(&mut self, mut response: Response) -> Response {
        let records = notes::take(&mut response);
        assert!(!records.is_empty(), "{} {:?}", response.status(), response.body());
        self.0.extend(records);
        response
    }

    /// The names of their events.
    pub fn events(&self) -> Vec<&'static str> {
        self.0.iter().map(|record| record.parts().event).collect()
    }

    /// The first record of an event.
    ///
    /// # Panics
    /// When there is none.
    pub fn one(&self, event: Event) -> &Record {
        let record = self.0.iter().find(|record| record.parts().event == event.name());
        record.unwrap_or_else(|| panic!("no {} in {:?}", event.name(), self.events()))
    }

    /// All that would be written.
    pub fn text(&self) -> String {
        self.0.iter().map(|record| format!("{:?}\n", record.parts())).collect()
    }
}
