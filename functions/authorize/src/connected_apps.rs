//! `/manage`: the apps that a person has connected, and the way to disconnect them.

mod record_label;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use http::{Method, StatusCode};
use pages::connected_apps::{ConnectedApp, ConnectedApps, Disconnect, Ends};
use pages::consent::Withheld;
use pages::layout::{Form as PageForm, Page};
use pages::words;
use smart::audit::{AuditHasher, Event, Record};
use smart::client::{Client, ClientId};
use smart::consent::{Consent, Decided, ScopeReport};
use smart::error::Unreachable;
use smart::grant::{Grant, Lasting};
use smart::ids::RequestId;
use smart::narrowing::NarrowedScope;
use smart::parameters::Parameters;
use smart::ports::{ClientReader, ConsentStore, Cursor, GrantKeeper, Replace};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
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
use crate::{sign_in, sign_out};

use record_label::{Names, names, whose};

const ACTION: &str = "disconnect";

/// How often a grant that somebody else changes meanwhile is read again.
const ROUNDS: usize = 5;

/// Shows what is connected, asks before one is disconnected, and disconnects it.
pub(crate) async fn handle(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let request = visit.request;
    let one = request.uri().path().strip_prefix("/manage/");
    let methods = if one.is_some() { "GET, HEAD, POST" } else { "GET, HEAD" };
    if !methods.split(", ").any(|method| method == request.method().as_str()) {
        return Ok(respond::method_not_allowed(methods));
    }
    let is_post = request.method() == Method::POST;
    let Some(who) = visit.signed_in().await? else {
        return if is_post {
            Err(Stop::Restart("/manage".to_owned()))
        } else {
            sign_in::page(visit, Way::Own(OwnPage::Manage), "", None).await
        };
    };
    let answer = match (one.map(str::parse::<ClientId>), is_post) {
        (None, _) => list(visit, &who).await?,
        (Some(Err(_)), _) => Err(Stop::NotFound)?,
        (Some(Ok(client)), false) => ask(visit, &who, &client).await?,
        (Some(Ok(client)), true) => disconnect(visit, &who, &client).await?,
    };
    Ok(visit.seen(answer, &who))
}

/// What a person has to do with one client.
#[derive(Default)]
struct Connection {
    /// The grants from which something may still come.
    grants: Vec<(Grant, ScopeReport)>,
    /// What need not be asked again.
    consents: Vec<Consent>,
}

impl Connection {
    const fn is_over(&self) -> bool {
        self.grants.is_empty() && self.consents.is_empty()
    }

    /// Whose records the grants are about.
    fn patients(&self) -> BTreeSet<&str> {
        self.grants.iter().filter_map(|(grant, _)| grant.context.patient.as_deref()).collect()
    }
}

async fn list(visit: &Visit<'_, impl Reaches>, who: &SignedIn) -> Result<Response, Unreachable> {
    let Visit { ports, now, .. } = *visit;
    let query = Parameters::query(visit.query()).ok();
    let own =
        |name| query.as_ref().and_then(|query| query.all(name).next()).filter(|value| !value.is_empty());
    let after = own("after").map(|after| Cursor(after.to_owned()));
    let page = ports.store.decided_by(&who.session.subject, None, after.as_ref()).await?;
    let connections = connections(visit, page.items).await?;
    let clients = try_join_all(connections.keys().map(|id| ports.store.client(id, now)));
    let (clients, names) = tokio::join!(clients, names(visit, who, &connections));
    let clients = clients?;
    let apps = connections.iter().zip(&clients);
    let apps = apps.filter(|((_, connection), _)| !connection.is_over());
    let apps = apps.map(|((id, connection), client)| card(id, client.as_deref(), connection, &names, who));
    let apps = apps.collect();
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

/// What was decided, by client, as far as it still counts.
async fn connections(
    visit: &Visit<'_, impl Reaches>,
    decided: Vec<Decided>,
) -> Result<BTreeMap<ClientId, Connection>, Unreachable> {
    let Visit { ports, now, .. } = *visit;
    let mut connections: BTreeMap<ClientId, Connection> = BTreeMap::new();
    let mut reports = Vec::new();
    for one in decided {
        match one {
            Decided::Consent(consent) if now < consent.expires_at => {
                connections.entry(consent.client_id.clone()).or_default().consents.push(consent);
            }
            Decided::Consent(_) => {}
            Decided::Report(report) => reports.push(report),
        }
    }
    let grants = try_join_all(reports.iter().map(|report| ports.store.grant(&report.key))).await?;
    for (grant, report) in grants.into_iter().zip(reports) {
        if let Some(grant) = grant.filter(|grant| grant.is_live(now)) {
            connections.entry(report.client_id.clone()).or_default().grants.push((grant, report));
        }
    }
    Ok(connections)
}

fn card(
    id: &ClientId,
    client: Option<&Client>,
    connection: &Connection,
    names: &Names,
    who: &SignedIn,
) -> ConnectedApp {
    let Connection { grants, consents } = connection;
    let scopes =
        grants.iter().map(|(grant, _)| grant.scope.set()).chain(consents.iter().map(|one| &one.scope));
    let scopes = scopes.fold(ScopeSet::default(), |all, scope| all.union(scope));
    let since =
        grants.iter().map(|(grant, _)| grant.issued_at).chain(consents.iter().map(|one| one.allowed_at));
    let used = grants.iter().filter(|(grant, _)| grant.stage.is_redeemed());
    let latest = grants.iter().max_by_key(|(grant, _)| grant.issued_at.0);
    let (line, whose) = whose(&connection.patients(), &scopes, names, who);
    ConnectedApp {
        name: name_of(client),
        host: client.and_then(home_host),
        sentences: words::sentences(&scopes, &whose),
        whose: line,
        withheld: latest.map(|(_, report)| withheld(report)).unwrap_or_default(),
        since: since.min().unwrap_or_default(),
        last_used: used.map(|(grant, _)| grant.stage_since).max(),
        ends: ends(connection),
        disconnect_url: format!("/manage/{id}"),
    }
}

/// When the app's access ends by itself: on the last day that was chosen, or until when it need not ask again.
fn ends(Connection { grants, consents }: &Connection) -> Ends {
    let lasting = || grants.iter().filter_map(|(grant, _)| grant.stage.lasting());
    let offline = lasting().filter(|lasting| matches!(lasting, Lasting::Offline { .. })).map(Lasting::until);
    let last = offline.chain(consents.iter().map(|one| one.expires_at)).max();
    let online = if lasting().next().is_some() { Ends::WithSignOut } else { Ends::Soon };
    last.map_or(online, Ends::On)
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

fn withheld(report: &ScopeReport) -> Vec<Withheld> {
    let less = report.decisions.iter().filter(|decision| NarrowedScope::is_less_than_asked(decision));
    less.map(|decision| Withheld { scope: decision.asked.clone(), why: decision.sentence() }).collect()
}

/// Whether the user means it.
async fn ask(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    client_id: &ClientId,
) -> Result<Response, Unreachable> {
    let Visit { ports, now, .. } = *visit;
    let subject = &who.session.subject;
    let (client, decided) = tokio::try_join!(
        ports.store.client(client_id, now),
        ports.store.decided_by(subject, Some(client_id), None),
    )?;
    if decided.items.is_empty() {
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

/// Ends every grant of a client, and forgets what need not be asked again.
async fn disconnect(
    visit: &Visit<'_, impl Reaches>,
    who: &SignedIn,
    client_id: &ClientId,
) -> Result<Response, Stop> {
    let Visit { request, ports, now } = *visit;
    let form = body::form(request)?;
    let token = form.all("csrf").next().unwrap_or_default();
    if !csrf::check(&ports.seals, token, who.cookie.id(), ACTION, client_id.as_str().as_bytes()) {
        return Err(Stop::OutOfDate);
    }
    let ended = end_all(&who.session.subject, client_id, &ports.store, now).await?;
    let answer = respond::see_other(&format!("/manage?done={client_id}"));
    Ok(withdrawn(answer, client_id, &ended, who, &ports.audit))
}

/// One record of all, and one per grant.
fn withdrawn(
    answer: Response,
    client_id: &ClientId,
    ended: &[Grant],
    who: &SignedIn,
    audit: &AuditHasher,
) -> Response {
    let person = audit.person(&who.session.subject);
    let answer = noted(answer, Record::of(Event::ConsentWithdrawn).client(client_id).person(person));
    let revoked = |grant| audit.of_grant(Event::GrantRevoked, grant).for_reason("by_person");
    ended.iter().map(revoked).fold(answer, noted)
}

/// Grants first: while one of them could not be ended, it stays on the list.
async fn end_all(
    subject: &str,
    client_id: &ClientId,
    store: &(impl ConsentStore + GrantKeeper),
    now: UnixSeconds,
) -> Result<Vec<Grant>, Unreachable> {
    let (mut after, mut ended) = (None, Vec::new());
    loop {
        let page = store.decided_by(subject, Some(client_id), after.as_ref()).await?;
        let reports = page.items.iter().filter_map(|decided| match decided {
            Decided::Report(report) => Some(report),
            Decided::Consent(_) => None,
        });
        ended
            .extend(try_join_all(reports.map(|report| end(report, store, now))).await?.into_iter().flatten());
        let keys: Vec<String> = page.items.iter().map(|decided| decided.key().to_owned()).collect();
        store.forget(&keys).await?;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(ended),
        }
    }
}

/// The grant, if it was ended here and now.
async fn end(
    report: &ScopeReport,
    store: &impl GrantKeeper,
    now: UnixSeconds,
) -> Result<Option<Grant>, Unreachable> {
    let mut current = store.grant(&report.key).await?.map(Box::new);
    let by = RequestId::draw();
    for _ in 0..ROUNDS {
        let Some(grant) = current else { return Ok(None) };
        let Some(next) = grant.withdraw(&by, now) else { return Ok(None) };
        match store.replace(grant.version, &next).await? {
            Replace::Replaced => return Ok(Some(next)),
            Replace::Refused(changed) => current = changed,
        }
    }
    Err(Unreachable::new("grants", "a grant is changed again and again while it is to be ended"))
}
