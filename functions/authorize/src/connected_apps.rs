//! `/manage`: the apps that a user has connected, and the way to disconnect them.

mod record_label;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures_util::future::try_join_all;
use http::{Method, StatusCode};
use pages::connected_apps::{ConnectedApp, ConnectedApps, Disconnect};
use pages::consent::Withheld;
use pages::layout::{Form as PageForm, Page};
use pages::words;
use smart::client::{Client, ClientId};
use smart::operations::connected_apps::{self, Connection};
use smart::operations::{Acting, Actor, DryRun, OperationRefused};
use smart::parameters::Parameters;
use smart::ports::{ClientReader, Cursor};
use url::Url;
use web::browser::csrf;
use web::browser::headers::FormAction;
use web::browser::signed_in::{OwnPage, SignedIn};
use web::notes::noted;
use web::{Response, body, respond};

use crate::ports::Reaches;
use crate::session_start::Way;
use crate::stop::Stop;
use crate::visit::Visit;
use crate::{directory, sign_in, sign_out};

use record_label::{NAMED, record_label};

const ACTION: &str = "disconnect";

/// How long the page waits for names: 2 seconds. They are not needed to disconnect an app.
const NAMES_WITHIN: Duration = Duration::from_secs(2);

/// Shows what is connected, asks before one is disconnected, and disconnects it.
pub(crate) async fn handle(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let request = visit.request;
    let one = request.uri().path().strip_prefix("/manage/");
    let methods = if one.is_some() { "GET, HEAD, POST" } else { "GET, HEAD" };
    if !methods.split(", ").any(|method| method == request.method().as_str()) {
        return Ok(respond::method_not_allowed(methods));
    }
    let is_post = request.method() == Method::POST;
    let who = match visit.signed_in().await? {
        Some(who) => who,
        None if is_post => return Err(Stop::Restart("/manage".to_owned())),
        None => return sign_in::page(visit, Way::Own(OwnPage::Manage), "", None).await,
    };
    let client_id = one.map(|id| id.parse::<ClientId>().map_err(|_| Stop::NotFound)).transpose()?;
    let answer = match &client_id {
        None => show(visit, &who).await,
        Some(client_id) if is_post => Ok(submit(visit, &who, client_id).await?),
        Some(client_id) => ask(visit, &who, client_id).await,
    };
    Ok(visit.seen(answer.unwrap_or_else(|stop| stop.answer(visit)), &who))
}

/// The user, who acts on their own apps.
fn acting<'a, W: Reaches>(visit: &Visit<'a, W>, who: &'a SignedIn) -> Acting<'a, W::Store> {
    let Visit { ports, now, .. } = *visit;
    let actor = Actor::Person { subject: &who.session.subject, administrator: who.user.administrator };
    Acting { store: &ports.store, audit: &ports.audit, actor, dry_run: DryRun::No, now }
}

/// Of their own apps a user is refused nothing, unless the store cannot be reached.
impl From<OperationRefused> for Stop {
    fn from(refused: OperationRefused) -> Self {
        match refused {
            OperationRefused::Unreachable(error) => error.into(),
            _ => Self::NotFound,
        }
    }
}

/// `GET /manage`: the list.
async fn show(visit: &Visit<'_, impl Reaches>, who: &SignedIn) -> Result<Response, Stop> {
    let Visit { ports, now, .. } = *visit;
    let query = Parameters::query(visit.query()).ok();
    let own =
        |name| query.as_ref().and_then(|query| query.all(name).next()).filter(|value| !value.is_empty());
    let after = own("after").map(|after| Cursor(after.to_owned()));
    let page = connected_apps::list(&acting(visit, who), &who.session.subject, after.as_ref()).await?;
    let connections = page.items;
    let clients = try_join_all(connections.iter().map(|one| ports.store.client(&one.client_id, now)));
    let (clients, names) = tokio::join!(clients, names(visit, who, &connections));
    let clients = clients?;
    let apps = connections.iter().zip(&clients);
    let apps = apps.map(|(connection, client)| card(connection, client.as_deref(), &names, who)).collect();
    let done = match own("done").map(str::parse::<ClientId>) {
        Some(Ok(id)) => Some(name_of(ports.store.client(&id, now).await?.as_deref())),
        _ => None,
    };
    let next = page.next.map(|Cursor(after)| {
        let after: String = form_urlencoded::byte_serialize(after.as_bytes()).collect();
        format!("/manage?after={after}")
    });
    let page = ConnectedApps {
        signed_in_name: who.user.display_name.clone(),
        sign_out: sign_out::form(who.cookie.id(), &ports.seals),
        apps,
        done,
        next_url: next,
    };
    Ok(page.respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly))
}

/// What the FHIR API calls the patients other than the user, by their ids. If it does not answer, they keep their ids
/// and the log says so.
async fn names(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    connections: &[Connection],
) -> HashMap<String, String> {
    let patients = connections.iter().map(Connection::patients).filter(|patients| patients.len() <= NAMED);
    let others: BTreeSet<&str> =
        patients.flatten().filter(|id| Some(*id) != who.user.own_patient()).collect();
    let cause = match tokio::time::timeout(NAMES_WITHIN, directory::names(visit, who, others)).await {
        Ok(Ok(names)) => return names,
        Ok(Err(error)) => error.cause().map(ToString::to_string).unwrap_or_default(),
        Err(elapsed) => elapsed.to_string(),
    };
    tracing::warn!(cause, "patients are called by their ids");
    HashMap::default()
}

fn card(
    connection: &Connection,
    client: Option<&Client>,
    names: &HashMap<String, String>,
    who: &SignedIn,
) -> ConnectedApp {
    let scopes = connection.scope();
    let (line, whose) = record_label(&connection.patients(), &scopes, names, &who.user);
    let withheld = connection.withheld();
    ConnectedApp {
        name: name_of(client),
        host: client.and_then(home_host),
        sentences: words::sentences(&scopes, &whose),
        whose: line,
        withheld: withheld
            .map(|decision| Withheld { scope: decision.asked.clone(), why: decision.sentence() })
            .collect(),
        since: connection.since(),
        last_used: connection.last_used(),
        ends: connection.ends(),
        disconnect_url: format!("/manage/{}", connection.client_id),
    }
}

fn name_of(client: Option<&Client>) -> String {
    client.map_or_else(
        || "An app that is not registered any more".to_owned(),
        |client| client.metadata.client_name.clone(),
    )
}

fn home_host(client: &Client) -> Option<String> {
    let home = client.metadata.client_uri.as_deref();
    let home = home.or_else(|| client.metadata.redirect_uris.first().map(|uri| uri.as_str()));
    home.and_then(|home| Url::parse(home).ok()).and_then(|url| url.host_str().map(str::to_owned))
}

/// `GET /manage/{client_id}`: asks whether the user means it.
async fn ask(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    client_id: &ClientId,
) -> Result<Response, Stop> {
    let Visit { ports, now, .. } = *visit;
    let acting = acting(visit, who);
    let (client, has_decided) = tokio::try_join!(
        async { Ok::<_, OperationRefused>(ports.store.client(client_id, now).await?) },
        connected_apps::has_decided(&acting, &who.session.subject, client_id),
    )?;
    if !has_decided {
        return Ok(respond::see_other("/manage"));
    }
    let page = Disconnect {
        name: name_of(client.as_deref()),
        form: PageForm {
            action: format!("/manage/{client_id}"),
            csrf: csrf::token(&ports.seals, who.cookie.id(), ACTION, client_id.as_str().as_bytes()),
            hidden: Vec::new(),
        },
        back_url: "/manage".to_owned(),
    };
    Ok(page.respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly))
}

/// `POST /manage/{client_id}`: disconnects the app.
async fn submit(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    client_id: &ClientId,
) -> Result<Response, Stop> {
    let Visit { request, ports, .. } = *visit;
    let form = body::form(request)?;
    let token = form.all("csrf").next().unwrap_or_default();
    if !csrf::check(&ports.seals, token, who.cookie.id(), ACTION, client_id.as_str().as_bytes()) {
        return Err(Stop::OutOfDate);
    }
    let done = connected_apps::disconnect(&acting(visit, who), &who.session.subject, client_id).await?;
    let answer = respond::see_other(&format!("/manage?done={client_id}"));
    Ok(done.record.into_iter().fold(answer, noted))
}
