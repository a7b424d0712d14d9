//! The test patients of a sandbox.

use pages::account::{Section, TestPatients};

use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::visit::Visit;

pub(crate) fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let home = visit.desk.home;
    if !home.site.sandbox {
        return Err(Refusal::NotFound);
    }
    let frame = visit.frame(Section::Patients);
    Ok(visit.page(&TestPatients { frame, people: home.people.clone() }))
}
