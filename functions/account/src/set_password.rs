//! `/account/set-password`: behind a link that an administrator made.

use http::StatusCode;
use pages::account::{PasswordSet, SetPassword};
use smart::error::ErrorCode;
use smart::operations::users;
use smart::parameters::Parameters;
use smart::password;
use smart::registration::{Limit, SetPasswordToken};
use smart::user::User;
use web::{Request, Response, notes};

use crate::desk::{Desk, Reaches};
use crate::refusal::{PageResult, Refusal};
use crate::stranger::Stranger;
use crate::visit::{fault, field};

const ACTION: &str = "set-password";

pub(crate) async fn show(request: &Request, desk: &Desk<'_, impl Reaches>) -> PageResult {
    let stranger = Stranger::of(request, desk, ACTION);
    let query = Parameters::query(request.uri().query().unwrap_or_default())?;
    let (token, user) = opened(&stranger, &query).await?;
    Ok(page(&stranger, &token, user, None))
}

pub(crate) async fn submit(request: &Request, desk: &Desk<'_, impl Reaches>) -> PageResult {
    let stranger = Stranger::of(request, desk, ACTION);
    let form = stranger.sent()?;
    let (token, user) = opened(&stranger, &form).await?;
    let chosen = field(&form, "password");
    if let Some(wrong) = password::fault(chosen) {
        return Ok(page(&stranger, &token, user, Some(wrong)));
    }
    let done = users::redeem_link(&desk.operations, &token, chosen).await.map_err(Refusal::of_link)?;
    Ok(notes::with(done.record, stranger.page(&PasswordSet { username: done.body.name })))
}

/// The token of a link that works, and whose password it sets.
async fn opened(
    stranger: &Stranger<'_, impl Reaches>,
    sent: &Parameters,
) -> Result<(SetPasswordToken, User), Refusal> {
    stranger.count(Limit::SET_PASSWORD).await?;
    let token = sent.all("token").next().and_then(SetPasswordToken::presented).ok_or_else(|| {
        let sentence = "this link is not complete, has been used or has ended.";
        Refusal::Gone(ErrorCode::InvalidRequest.because("set_password_link", sentence))
    })?;
    let user = users::by_link(&stranger.desk.operations, &token).await.map_err(Refusal::of_link)?;
    Ok((token, user))
}

fn page(
    stranger: &Stranger<'_, impl Reaches>,
    token: &SetPasswordToken,
    user: User,
    wrong: Option<&'static str>,
) -> Response {
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let form =
        stranger.form_to("/account/set-password", vec![("token".to_owned(), token.reveal().to_owned())]);
    let faults = wrong.map(|said| fault("password", said)).into_iter().collect();
    stranger.page_with(status, &SetPassword { form, username: user.name, faults })
}
