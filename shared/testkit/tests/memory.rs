//! The memory store keeps every promise.

use smart::user::User;
use testkit::MemoryStore;

testkit::store_contract!(MemoryStore::default(), async |store: &MemoryStore, user: User| store
    .put_user(user));
