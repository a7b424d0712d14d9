//! `/account/create`, on a sandbox: users make accounts for themselves.

use http::{StatusCode, header};
use pages::account::{CreateAccount, Fault};
use smart::client::FieldError;
use smart::operations::users::{self, OpenAccounts, OwnAccount};
use smart::operations::{Done, OperationRefused};
use smart::registration::Limit;
use web::Request;

use crate::desk::{Desk, Reaches};
use crate::refusal::{PageResult, Refusal, recorded};
use crate::stranger::Stranger;
use crate::visit::{fault, field};

const ACTION: &str = "create-account";

fn open(desk: &Desk<'_, impl Reaches>) -> Result<OpenAccounts, Refusal> {
    OpenAccounts::on(desk.home.site.sandbox, desk.home.local_accounts).ok_or(Refusal::NotFound)
}

pub(crate) fn show(request: &Request, desk: &Desk<'_, impl Reaches>) -> PageResult {
    open(desk)?;
    let stranger = Stranger::of(request, desk, ACTION);
    Ok(stranger.page(&page(&stranger, "", Vec::new())))
}

fn page(stranger: &Stranger<'_, impl Reaches>, username: &str, faults: Vec<Fault>) -> CreateAccount {
    let username = username.chars().take(64).collect();
    CreateAccount { form: stranger.form_to("/account/create", Vec::new()), username, faults }
}

fn told(errors: &[FieldError]) -> Vec<Fault> {
    let at = |pointer| errors.iter().find(|error| error.pointer == pointer).map(|error| &*error.message);
    let is_of_account = errors.iter().any(|error| error.pointer != "/password");
    let username = is_of_account.then(|| at("/name").unwrap_or("Choose another name."));
    let faults =
        [username.map(|said| fault("username", said)), at("/password").map(|said| fault("password", said))];
    faults.into_iter().flatten().collect()
}

pub(crate) async fn submit(request: &Request, desk: &Desk<'_, impl Reaches>) -> PageResult {
    let open = open(desk)?;
    let stranger = Stranger::of(request, desk, ACTION);
    let form = stranger.sent()?;
    let name = field(&form, "username").trim();
    let again = |status, faults| Ok(stranger.page_with(status, &page(&stranger, name, faults)));
    let account = OwnAccount::check(name, field(&form, "password"), desk.home.sandbox_fhir_user.as_deref());
    let account = match account {
        Ok(account) => account,
        Err(errors) => return again(StatusCode::BAD_REQUEST, told(&errors)),
    };
    stranger.count(Limit::NEW_ACCOUNT).await?;
    let Done { body: user, record, .. } = match users::create_own(&desk.operations, account, open).await {
        Err(OperationRefused::Conflict(_)) => {
            let faults = vec![fault("username", "Somebody has this name. Choose another.")];
            return again(StatusCode::CONFLICT, faults);
        }
        made => made.map_err(Refusal::of_link)?,
    };
    let begun = desk.begin_session(&user, None, &[], "/account").await.map(|mut response| {
        response.headers_mut().append(header::SET_COOKIE, desk.home.cookies.clear_pre_session());
        response
    });
    Ok(recorded(begun, record, request, &desk.home.site))
}
