//! DynamoDB, as the embedded one plays it with the tables of `template.yaml`, keeps every promise of a store.

use aws::dynamodb::Tables;
use smart::user::User;

use crate::support::tables::tables;

testkit::store_contract!(tables().await, async |tables: &Tables, user: User| tables
    .put_user(&user)
    .await
    .unwrap());
