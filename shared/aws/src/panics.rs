//! A handler that panics: its request is answered, its message is written nowhere, and the process goes on.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A handler panicked.
#[derive(Debug)]
pub(crate) struct Panicked {
    /// In which file and line, where [`keep_quiet`] was called before.
    pub(crate) place: String,
}

thread_local! {
    /// The place of the latest panic, while a handler is at work on this thread.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the messages of handlers' panics from standard error, which Lambda collects: a message may hold what the handler
/// had in hand. Panics outside of handlers are told as ever.
pub(crate) fn keep_quiet() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |told| {
        let at_work = PLACE.with_borrow_mut(|place| {
            let at_work = place.is_some();
            if let (true, Some(at)) = (at_work, told.location()) {
                *place = Some(format!("{}:{}", at.file(), at.line()));
            }
            at_work
        });
        if !at_work {
            usual(told);
        }
    }));
}

/// Runs a handler, and catches its panic.
pub(crate) fn caught<F: Future + Send>(
    handler: F,
) -> impl Future<Output = Result<F::Output, Panicked>> + Send {
    Caught(Box::pin(handler))
}

struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        PLACE.set(Some(String::new()));
        // Nothing of the handler is looked at again after a panic, and what it shares with others is behind locks that
        // are opened whether or not somebody panicked with them.
        let polled = panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context)));
        let place = PLACE.take().unwrap_or_default();
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked { place })),
        }
    }
}
