//! Strings that are too long for the environment of a function, each with a usual value.
//!
//! Source: AWS Lambda Developer Guide, "Lambda quotas" (4 KB for all environment variables together).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use smart::registration::SELF_REGISTRATION_SCOPES;
use smart::settings::SettingsItem;

use super::Reader;

/// The strings of the item `texts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextName {
    /// The most that the token of a patient allows.
    PatientScopes,
    /// The most that the token of a clinician allows.
    ClinicianScopes,
    /// The most that a client may have which no administrator registered.
    SelfRegistrationScopes,
    /// The resource types that the FHIR server has, separated by commas.
    FhirResources,
    /// The organisation's logo, as the content of an SVG file.
    Logo,
    /// Invented users to sign in as, listed on the sign-in page of a sandbox: a list of objects, in JSON.
    TestAccounts,
}

/// What users may have at most when nothing else is said: everything. The FHIR server still decides what a user may see.
const ALL_OF_PEOPLE: &str = "launch launch/patient launch/encounter openid fhirUser offline_access online_access \
                             patient/*.cruds user/*.cruds";

impl TextName {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::PatientScopes,
        Self::ClinicianScopes,
        Self::SelfRegistrationScopes,
        Self::FhirResources,
        Self::Logo,
        Self::TestAccounts,
    ];

    /// The name in commands and in the item.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PatientScopes => "patient-scopes",
            Self::ClinicianScopes => "clinician-scopes",
            Self::SelfRegistrationScopes => "self-registration-scopes",
            Self::FhirResources => "fhir-resources",
            Self::Logo => "logo",
            Self::TestAccounts => "test-accounts",
        }
    }

    /// The value while the operator has set none.
    pub const fn usual(self) -> &'static str {
        match self {
            Self::PatientScopes | Self::ClinicianScopes => ALL_OF_PEOPLE,
            Self::SelfRegistrationScopes => SELF_REGISTRATION_SCOPES,
            Self::FhirResources => "Patient,Practitioner,Encounter,Observation,Condition",
            Self::Logo => "",
            Self::TestAccounts => "[]",
        }
    }
}

impl fmt::Display for TextName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// No string of the settings has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no setting has that name")]
pub struct UnknownText;

impl FromStr for TextName {
    type Err = UnknownText;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|text| text.name() == name).ok_or(UnknownText)
    }
}

impl Reader<'_> {
    /// A string of the settings, or its usual value. A version of this service that has fewer names ignores the others.
    pub fn text(&mut self, name: TextName) -> Cow<'static, str> {
        let item = SettingsItem::Texts;
        let Some(stored) = self.settings.stored.get(item) else { return Cow::Borrowed(name.usual()) };
        let mut texts: BTreeMap<String, String> =
            serde_json::from_str(&stored.value).unwrap_or_else(|error| {
                self.note_once(format!("{}: {error}", item.key()));
                BTreeMap::new()
            });
        texts.remove(name.name()).map_or(Cow::Borrowed(name.usual()), Cow::Owned)
    }
}
