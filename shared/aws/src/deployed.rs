//! The world of the deployed functions.

use smart::ports::World;

use crate::dynamodb::Tables;
use crate::fhir_http::FhirPatients;
use crate::jwks_http::HttpsJwks;
use crate::kms::KmsSigner;

/// The world of the deployed functions: DynamoDB, KMS, clients' keys over HTTPS, patients of the FHIR API.
#[derive(Debug)]
pub enum Deployed {}

impl World for Deployed {
    type Store = Tables;
    type Signer = KmsSigner;
    type Jwks = HttpsJwks;
    type Directory = FhirPatients;
}
