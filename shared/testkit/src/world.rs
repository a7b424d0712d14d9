//! A world of whatever a test has.

use std::marker::PhantomData;

use smart::ports::World;

/// The world of this store, signer, source of keys and directory; `()` where the test needs none.
#[derive(Debug)]
pub struct With<S, K = (), J = (), D = ()>(PhantomData<(S, K, J, D)>);

impl<S, K, J, D> World for With<S, K, J, D>
where
    S: Send + Sync + 'static,
    K: Send + Sync + 'static,
    J: Send + Sync + 'static,
    D: Send + Sync + 'static,
{
    type Store = S;
    type Signer = K;
    type Jwks = J;
    type Directory = D;
}
