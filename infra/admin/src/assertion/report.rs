//! What the doctor found, as people read it and as scripts do.

use serde_json::json;
use smart::client_auth::doctor::{CheckOutcome, Diagnosis, Row};

use crate::report::Report;

/// From how many seconds on a difference of clocks is worth a word.
const WORTH_SAYING: i64 = 5;

/// The widest entry of a column.
const WIDEST: usize = 60;

pub(super) fn of(diagnosis: &Diagnosis, clock_ahead: Option<i64>, made: Option<&str>) -> Report {
    let failed: Vec<&Row> = diagnosis.rows.iter().filter(|row| row.outcome == CheckOutcome::Fail).collect();
    let json = json!({
        "ok": failed.is_empty(), "rules": diagnosis.rows, "assertion": made,
        "iat_ahead_of_service": diagnosis.clock_ahead, "clock_ahead_of_service": clock_ahead,
    });
    let rows = diagnosis.rows.iter().map(|row| {
        let found =
            if row.outcome == CheckOutcome::NotReached { row.says.as_deref() } else { Some(&*row.found) };
        vec![
            row.rule.to_owned(),
            word(row.outcome).to_owned(),
            narrow(found.unwrap_or_default()),
            narrow(&row.expected),
        ]
    });
    let heading = match failed.len() {
        0 => "Every rule that could be looked at holds.".to_owned(),
        1 => "One rule does not hold.".to_owned(),
        many => format!("{many} rules do not hold."),
    };
    let report =
        Report::new(json).heading(heading).table(vec!["RULE", "", "FOUND", "EXPECTED"], rows.collect());
    let report = clocks(report, clock_ahead, diagnosis.clock_ahead);
    let first = failed.first().copied();
    failed.into_iter().fold(report, |report, row| {
        let says = row.says.as_deref().unwrap_or_default();
        let report = report.heading(format!("{} ({})", row.rule, row.reason.unwrap_or_default()));
        let is_first = first.is_some_and(|first| first.rule == row.rule);
        let answers = if is_first { "The service answers" } else { "Later it would answer" };
        report.text(format!("{answers}: {says}")).text(row.remedy.unwrap_or_default())
    })
}

/// The difference of the clocks, as far as it is known.
fn clocks(report: Report, machine: Option<i64>, iat: Option<i64>) -> Report {
    let report = match machine {
        Some(ahead) => report.text(format!("\nThe clock of this machine is {} the service's.", than(ahead))),
        None => report,
    };
    match iat {
        Some(ahead) => report.text(format!("iat is {} the clock it was held against.", than(ahead))),
        None => report,
    }
}

fn than(ahead: i64) -> String {
    match ahead {
        ahead if ahead.abs() < WORTH_SAYING => "in time with".to_owned(),
        ahead if ahead > 0 => format!("{ahead} s ahead of"),
        behind => format!("{} s behind", behind.unsigned_abs()),
    }
}

const fn word(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Pass => "pass",
        CheckOutcome::Fail => "FAIL",
        CheckOutcome::NotReached => "not reached",
    }
}

fn narrow(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(WIDEST - 2).collect();
    format!("{cut}..")
}
