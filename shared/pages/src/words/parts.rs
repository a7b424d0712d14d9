//! The parts of a wide scope: what a person may allow instead of all of it.

use smart_verify::scope::{Level, Permissions, ResourceScope, ResourceType, Scope};

use super::line::capitalised;
use super::{categories, kinds};

/// A part of a scope, with words of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopePart {
    /// What it is: "Lab results".
    pub words: String,
    /// The scope for just this, with the same level and permissions, in v2 letters.
    pub scope: Scope,
}

/// The parts of "all of the record", the most important kinds first, and their words where those of their row of the
/// table say more.
const OF_EVERYTHING: [(&str, Option<&str>); 16] = [
    ("Patient", None),
    ("Condition", None),
    ("Observation", None),
    ("MedicationRequest", None),
    ("AllergyIntolerance", None),
    ("Immunization", None),
    ("Procedure", None),
    ("DiagnosticReport", None),
    ("DocumentReference", None),
    ("Encounter", None),
    ("CarePlan", Some("care plans")),
    ("CareTeam", Some("care team")),
    ("Goal", Some("goals")),
    ("ServiceRequest", Some("orders and referrals")),
    ("Device", None),
    ("Coverage", Some("insurance")),
];

/// The parts of a scope: the kinds of record if it is about all of them, the categories of US Core if it is about all
/// observations or all conditions, and none otherwise.
///
/// ```
/// use pages::words;
///
/// let parts = words::parts(&"patient/Condition.read".parse()?);
/// assert_eq!(parts[0].words, "Problem list");
/// let scope = "patient/Condition.rs?category=http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item";
/// assert_eq!(parts[0].scope.to_string(), scope);
/// # Ok::<(), smart_verify::scope::NotAScope>(())
/// ```
///
/// Source: US Core 7.0, scopes (granular scopes); 45 CFR 170.315(g)(10).
pub fn parts(scope: &ResourceScope) -> Vec<ScopePart> {
    if scope.parameters().is_some() {
        return Vec::new();
    }
    let (level, letters) = (level(scope.level()), letters(scope.permissions()));
    let part = |words: &str, text: String| {
        // What is written here is a scope, which a test makes sure of.
        Some(ScopePart { words: capitalised(words), scope: text.parse().ok()? })
    };
    match scope.resource() {
        ResourceType::Any => OF_EVERYTHING
            .iter()
            .filter_map(|(name, own)| {
                let words = own.or_else(|| kinds::of(name).map(|kind| kind.phrase.noun()))?;
                part(words, format!("{level}/{name}.{letters}"))
            })
            .collect(),
        ResourceType::Named(name) => categories::of_us_core(name)
            .filter_map(|row| part(row.noun, format!("{level}/{name}.{letters}?{}", row.parameters())))
            .collect(),
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Patient => "patient",
        Level::User => "user",
        Level::System => "system",
    }
}

fn letters(may: Permissions) -> String {
    let all = [
        ('c', may.creates()),
        ('r', may.reads()),
        ('u', may.updates()),
        ('d', may.deletes()),
        ('s', may.searches()),
    ];
    all.into_iter().filter(|(_, may)| *may).map(|(letter, _)| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scope: &str) -> Vec<(String, String)> {
        let parts = parts(&scope.parse().unwrap());
        parts.into_iter().map(|part| (part.words, part.scope.to_string())).collect()
    }

    #[test]
    fn az_13_all_observations_and_all_conditions_have_the_categories_of_us_core() {
        let codes = |scope: &str| -> Vec<String> {
            of(scope).iter().filter_map(|(_, text)| Some(text.rsplit_once('|')?.1.to_owned())).collect()
        };
        let observation = ["laboratory", "vital-signs", "social-history", "survey", "clinical-test", "sdoh"];
        assert_eq!(codes("patient/Observation.rs"), observation);
        let condition = ["problem-list-item", "encounter-diagnosis", "health-concern"];
        assert_eq!(codes("user/Condition.cruds"), condition);
        assert_eq!(
            of("patient/Observation.read")[0],
            (
                "Lab results".to_owned(),
                "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
                    .to_owned()
            )
        );
    }

    #[test]
    fn pg_20_everything_has_its_kinds_with_the_same_level_and_permissions() {
        let parts = of("patient/*.read");
        assert_eq!(parts.len(), OF_EVERYTHING.len());
        assert!(parts.contains(&("Care team".to_owned(), "patient/CareTeam.rs".to_owned())));
        assert!(of("user/*.cud").iter().all(|(_, text)| text.starts_with("user/") && text.ends_with(".cud")));
        let mut words: Vec<&String> = parts.iter().map(|(words, _)| words).collect();
        words.sort_unstable();
        assert!(words.is_sorted_by(|one, next| one < next), "two parts say the same");
    }

    #[test]
    fn a_part_is_inside_the_whole_and_a_part_of_a_part_is_not_offered() {
        for whole in ["patient/*.rs", "user/Observation.cruds", "system/Condition.s"] {
            let whole: ResourceScope = whole.parse().unwrap();
            for part in parts(&whole) {
                let Scope::Resource(part) = part.scope else { panic!("{:?}", part.scope) };
                assert!(whole.contains(&part), "{part}");
            }
        }
        for none in ["patient/Goal.rs", "patient/Observation.rs?category=a", "patient/*.rs?_security=R"] {
            assert!(of(none).is_empty(), "{none}");
        }
    }
}
