//! Which route a path takes, and what its `{name}` segments stand for.

use std::collections::BTreeMap;

use crate::template::Route;

/// A route that a path takes.
#[derive(Debug)]
pub(super) struct Match<'a> {
    pub(super) route: &'a Route,
    pub(super) parameters: BTreeMap<String, String>,
}

/// The route of this path. The one with the fewest `{name}` segments wins, as in API Gateway:
/// `/authorize/consent` before `/authorize/{step}`.
///
/// Source: API Gateway Developer Guide, "Routing API requests" for HTTP APIs.
pub(super) fn find<'a>(routes: &'a [Route], path: &str) -> Option<Match<'a>> {
    let paths = routes.iter().filter(|route| route.path != Route::DEFAULT);
    let taken = paths.filter_map(|route| Some(Match { route, parameters: parameters(&route.path, path)? }));
    taken.min_by_key(|found| found.parameters.len())
}

/// The route of a path that no other route takes, if there is one.
pub(super) fn default_of(routes: &[Route]) -> Option<Match<'_>> {
    let route = routes.iter().find(|route| route.path == Route::DEFAULT)?;
    Some(Match { route, parameters: BTreeMap::new() })
}

/// What the `{name}` segments of a pattern are in this path, or nothing if it is another path.
fn parameters(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => {
                parameters.insert(name.to_owned(), segment.to_owned());
            }
            None if segment == wanted => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Vec<Route> {
        let route = |path: &str| Route { path: path.to_owned(), function: "F".to_owned() };
        ["$default", "/clients", "/clients/{client_id}", "/clients/new"].map(route).to_vec()
    }

    #[test]
    fn a_path_takes_the_route_that_names_it_before_one_that_does_not() {
        let routes = routes();
        assert_eq!(find(&routes, "/clients/new").unwrap().route.path, "/clients/new");
        let found = find(&routes, "/clients/one").unwrap();
        assert_eq!(found.route.path, "/clients/{client_id}");
        assert_eq!(found.parameters["client_id"], "one");
    }

    #[test]
    fn paths_that_only_resemble_a_route_take_none() {
        for path in ["/", "/client", "/clients/", "/clients/one/two", "//clients", "/Clients", "", "$default"]
        {
            assert!(find(&routes(), path).is_none(), "{path}");
        }
        assert_eq!(default_of(&routes()).unwrap().route.path, "$default");
        assert!(default_of(&routes()[1..]).is_none());
    }
}
