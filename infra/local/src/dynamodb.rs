//! The emulator of DynamoDB: the crate `dynoxide`, with the tables of the template.

use std::path::Path;

use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::template::{Index, Table};

/// A DynamoDB on this machine, in memory or in a file.
pub struct DynamoDb {
    database: Database,
}

/// Why the emulator of DynamoDB could not start or went down.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// Its file cannot be opened.
    #[error("the DynamoDB file {file} cannot be opened: {reason}")]
    Unopened {
        /// The file, or `:memory:`.
        file: String,
        /// What the database said.
        reason: String,
    },
    /// A table of the template cannot be made.
    #[error("the DynamoDB table {table} cannot be made: {reason}")]
    Unmade {
        /// The table.
        table: String,
        /// What the database said.
        reason: String,
    },
    /// It stopped answering.
    #[error("DynamoDB went down: {0}")]
    Down(String),
}

impl DynamoDb {
    /// Opens the file, or memory without one, and makes the tables that are not there yet.
    ///
    /// # Errors
    /// When the file cannot be opened or a table cannot be made.
    pub fn open(tables: &[Table], file: Option<&Path>) -> Result<Self, DynamoDbError> {
        let name = file.map_or(":memory:".into(), Path::to_string_lossy);
        let opened = if file.is_some() { Database::new(&name) } else { Database::memory() };
        let unopened = |error: dynoxide::DynoxideError| DynamoDbError::Unopened {
            file: name.to_string(),
            reason: error.to_string(),
        };
        let dynamodb = Self { database: opened.map_err(unopened)? };
        for table in tables.iter().filter(|table| !dynamodb.has(&table.name)) {
            let unmade = |reason| DynamoDbError::Unmade { table: table.name.clone(), reason };
            dynamodb.make(table).map_err(unmade)?;
        }
        Ok(dynamodb)
    }

    /// Answers on this listener until `shutdown` is done.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), DynamoDbError> {
        let served = dynoxide::server::serve_with_shutdown(listener, self.database, shutdown).await;
        served.map_err(DynamoDbError::Down)
    }

    fn has(&self, table: &str) -> bool {
        let request = DescribeTableRequest { table_name: table.to_owned() };
        self.database.describe_table(request).is_ok()
    }

    fn make(&self, table: &Table) -> Result<(), String> {
        let request: CreateTableRequest =
            serde_json::from_value(create_table(table)).map_err(|error| error.to_string())?;
        self.database.create_table(request).map_err(|error| error.to_string())?;
        let Some(attribute) = &table.expires_by else { return Ok(()) };
        let request = UpdateTimeToLiveRequest {
            table_name: table.name.clone(),
            time_to_live_specification: TimeToLiveSpecification {
                attribute_name: attribute.clone(),
                enabled: true,
            },
        };
        self.database.update_time_to_live(request).map(drop).map_err(|error| error.to_string())
    }
}

/// What `CreateTable` is sent for a table of the template.
fn create_table(table: &Table) -> Value {
    let definition = |(name, kind)| json!({ "AttributeName": name, "AttributeType": kind });
    let mut request = json!({
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": table.attributes.iter().map(definition).collect::<Vec<_>>(),
        "KeySchema": key_schema(&table.partition_key, table.sort_key.as_deref()),
    });
    if !table.indexes.is_empty() {
        request["GlobalSecondaryIndexes"] = table.indexes.iter().map(index).collect();
    }
    request
}

fn index(index: &Index) -> Value {
    json!({
        "IndexName": index.name,
        "KeySchema": key_schema(&index.partition_key, index.sort_key.as_deref()),
        "Projection": { "ProjectionType": index.projection },
    })
}

fn key_schema(partition_key: &str, sort_key: Option<&str>) -> Value {
    let partition_key = json!({ "AttributeName": partition_key, "KeyType": "HASH" });
    let sort_key = sort_key.map(|name| json!({ "AttributeName": name, "KeyType": "RANGE" }));
    std::iter::once(partition_key).chain(sort_key).collect()
}

#[cfg(test)]
mod tests {
    use dynoxide::actions::describe_time_to_live::DescribeTimeToLiveRequest;

    use super::*;
    use crate::template::{Template, Values};

    fn tables() -> Vec<Table> {
        Template::of_this_repository(Values::at("http://x")).unwrap().tables().unwrap()
    }

    #[test]
    fn every_table_of_the_template_is_there_with_its_index_and_its_expiry() {
        let dynamodb = DynamoDb::open(&tables(), None).unwrap();
        for table in tables() {
            let request = DescribeTableRequest { table_name: table.name.clone() };
            let answer = serde_json::to_value(dynamodb.database.describe_table(request).unwrap()).unwrap();
            let indexes = answer["Table"]["GlobalSecondaryIndexes"].as_array().map_or(0, Vec::len);
            assert_eq!(indexes, table.indexes.len(), "{}", table.name);

            let request = DescribeTimeToLiveRequest { table_name: table.name.clone() };
            let answer =
                serde_json::to_value(dynamodb.database.describe_time_to_live(request).unwrap()).unwrap();
            let expires_by = answer["TimeToLiveDescription"]["AttributeName"].as_str();
            assert_eq!(expires_by, table.expires_by.as_deref(), "{}", table.name);
        }
    }

    #[test]
    fn a_file_opened_again_keeps_its_tables() {
        let file = std::env::temp_dir().join(format!("dynamodb-{}.sqlite", std::process::id()));
        drop(DynamoDb::open(&tables(), Some(&file)).unwrap());
        assert!(DynamoDb::open(&tables(), Some(&file)).unwrap().has("ClientsTable"));
        std::fs::remove_file(&file).unwrap();
    }
}
