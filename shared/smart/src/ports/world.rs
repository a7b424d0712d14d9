//! What a program reaches, named once.

/// The world that a program works in: what it remembers by, what signs for it, where clients' keys come from, and whom it
/// asks for patients. A program that has no use for one of them puts `()` there.
///
/// A flow names the least that it needs, and a function all that it may reach, by [`reach!`](crate::reach):
///
/// ```
/// use smart::ports::{ClientReader, Signer, World};
///
/// async fn issue(world: &impl World<Store: ClientReader, Signer: Signer>) {}
/// ```
pub trait World: Send + Sync + 'static {
    /// What is remembered.
    type Store: Send + Sync;
    /// What signs.
    type Signer: Send + Sync;
    /// Where clients' keys come from.
    type Jwks: Send + Sync;
    /// Who is asked for patients.
    type Directory: Send + Sync;
}

/// Names all that a function may reach, as a trait that every world with these ports has, and as words: the ports of the
/// store, which the function's policy in `template.yaml` must allow, action by action.
///
/// ```
/// use smart::ports::{ClientReader, ReplayStore, Signer, World};
///
/// smart::reach! {
///     /// All that this function may reach.
///     pub trait Reaches { Store: ClientReader + ReplayStore; Signer: Signer }
/// }
///
/// assert_eq!(REACHES, ["ClientReader", "ReplayStore"]);
/// async fn handle(world: &impl Reaches) {}
/// ```
#[macro_export]
macro_rules! reach {
    ($(#[$meta:meta])* $vis:vis trait $name:ident {
        Store: $first:ident $(+ $port:ident)* $(; $($other:ident: $bound:ident),*)?
    }) => {
        $(#[$meta])*
        $vis trait $name: $crate::ports::World<Store: $first $(+ $port)*, $($($other: $bound),*)?> {}
        impl<W> $name for W where W: $crate::ports::World<Store: $first $(+ $port)*, $($($other: $bound),*)?> {}

        /// The ports of the store that this function may reach, by name.
        $vis const REACHES: &[&str] = &[stringify!($first), $(stringify!($port)),*];
    };
}
