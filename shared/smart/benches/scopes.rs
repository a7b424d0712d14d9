//! How long it takes to read a scope parameter and cut it down to what may be had.
//!
//! `cargo bench -p smart`

use smart::narrowing::RequestedScopes;
use smart::user::Ceilings;
use smart_verify::scope::ScopeSet;

const TYPES: [&str; 10] = [
    "Patient",
    "Observation",
    "Condition",
    "Encounter",
    "Procedure",
    "Immunization",
    "AllergyIntolerance",
    "MedicationRequest",
    "DiagnosticReport",
    "DocumentReference",
];

/// So many different scopes, a quarter of them granular.
fn asked(count: usize) -> String {
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let one = |place: usize| match place % 4 {
        0 => format!("patient/{}.rs", TYPES[place / 4 % 10]),
        1 => format!("user/{}.read", TYPES[place / 4 % 10]),
        2 => format!("patient/Observation.rs?category={category}|kind-{place}"),
        _ => format!("patient/{}.c?code=x{place}", TYPES[place / 4 % 10]),
    };
    (0..count).map(one).collect::<Vec<_>>().join(" ")
}

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 10, 40, 125, 500])]
fn read(bencher: divan::Bencher<'_, '_>, count: usize) {
    let text = asked(count);
    bencher.bench_local(|| ScopeSet::parse(divan::black_box(&text)));
}

#[divan::bench(args = [1, 10, 40, 80])]
fn read_and_narrow(bencher: divan::Bencher<'_, '_>, count: usize) {
    let text = asked(count);
    let registered = ScopeSet::parse("launch/patient openid fhirUser patient/*.cruds user/*.cruds");
    let ceiling = Ceilings::default().clinician;
    bencher.bench_local(|| {
        let asked = RequestedScopes::parse(divan::black_box(&text)).ok();
        asked.map(|asked| asked.narrow_to(&registered, &ceiling))
    });
}

#[divan::bench]
fn refuse_64_kib(bencher: divan::Bencher<'_, '_>) {
    let text = "a".repeat(64 * 1024);
    bencher.bench_local(|| RequestedScopes::parse(divan::black_box(&text)).is_err());
}
