//! What a backend service can send, right and wrong, at both doors: the handlers over a store in memory, at a chosen
//! moment.

mod doors;
mod hostile;
mod keys_table;
mod table;
