//! The cost of a backend token in an unoptimised build, where our own code weighs several times what it does on Lambda;
//! the figure itself is `cargo bench -p testkit`.

use testkit::cost;

#[test]
fn a_backend_token_costs_little_more_than_its_signatures() {
    let cost = cost::of_a_backend_token(10);
    assert!(cost.ratio() < 2.5, "{cost}");
}
