//! What ties pages to a browser: cookies, seals, tokens against forged forms, the sealed step, headers of
//! pages, and who is signed in.

pub mod cookies;
pub mod csrf;
pub mod headers;
pub mod seal;
pub mod signed_in;
pub mod step;
