//! `/account/password`: users change their password, which ends every other session and begins this one again.

use http::StatusCode;
use pages::account::{ChangePassword, Section};
use smart::audit::{Event, Record};
use smart::lockout;
use smart::operations::users::{self, PasswordChange};
use smart::operations::{Done, Forbidden, OperationRefused};
use smart::random;
use web::Response;
use web::notes::noted;

use crate::desk::Reaches;
use crate::refusal::{PageResult, recorded, retry_after};
use crate::visit::{Visit, fault, field};

const PATH: &str = "/account/password";

pub(crate) fn show(visit: &Visit<'_, impl Reaches>) -> Response {
    let mut page = page(visit);
    let changed = visit.query("done").as_deref() == Some("changed");
    page.frame.notice =
        changed.then(|| "Your password is changed. Everywhere else you are signed out.".to_owned());
    visit.page(&page)
}

fn page(visit: &Visit<'_, impl Reaches>) -> ChangePassword {
    let user = &visit.who.user;
    ChangePassword {
        frame: visit.frame(Section::Password),
        form: (!user.password_hash.is_empty()).then(|| visit.form_to(PATH)),
        username: user.name.clone(),
    }
}

pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let form = visit.sent()?;
    let Visit { request, desk, who, operations } = visit;
    let (user, now) = (&who.user, operations.now);
    let wanted = PasswordChange { current: field(&form, "current"), chosen: field(&form, "password") };
    let counters = lockout::counters(&user.name, desk.address, |parts| desk.seals.keyed_hash(parts), now);
    let again = |status, field, said| {
        let mut page = page(visit);
        page.frame.faults = vec![fault(field, said)];
        Ok(visit.page_with(status, &page))
    };
    let Done { body: next, record, .. } =
        match users::change_password(operations, user, wanted, &counters).await {
            Err(OperationRefused::Invalid(errors)) => {
                let wrong = errors.into_iter().next().map(|error| error.message).unwrap_or_default();
                return again(StatusCode::BAD_REQUEST, "password", wrong);
            }
            Err(OperationRefused::Forbidden(Forbidden::LockedOut)) => {
                let minutes = lockout::minutes_left(&counters, now);
                let said = format!("Too many tries. Wait {minutes} minutes.");
                let record = Record::of(Event::SignInLockedOut)
                    .person(operations.audit.person(&user.subject))
                    .account(operations.audit.account(&user.name));
                let locked = again(StatusCode::TOO_MANY_REQUESTS, "current", said);
                return locked.map(|response| noted(retry_after(response, minutes * 60), record));
            }
            Err(OperationRefused::Forbidden(_)) => {
                let said = "This is not your current password.".to_owned();
                return again(StatusCode::UNAUTHORIZED, "current", said);
            }
            Err(OperationRefused::Stale(_)) => {
                let said = "Your account was changed meanwhile. Try again.".to_owned();
                return again(StatusCode::CONFLICT, "current", said);
            }
            changed => changed?,
        };
    let before = random::sha256(who.cookie.id());
    let path = format!("{PATH}?done=changed");
    let begun = desk.begin_session(&next, Some(&before), &counters, &path).await;
    Ok(recorded(begun, record, request, &desk.home.site))
}
