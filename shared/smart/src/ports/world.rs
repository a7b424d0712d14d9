//! What a program reaches, named once.

/// The world that a program works in: what it remembers by, what signs for it, where clients' keys come from, and whom
/// it asks for patients. A program that has no use for one of them puts `()` there.
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

/// The ports that a function may reach, by name. Only [`reach!`](crate::reach) makes one, from the very list that
/// bounds the function's world, so the names cannot differ from what the code can call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    store: &'static [&'static str],
    others: &'static [&'static str],
}

impl Reached {
    /// For [`reach!`](crate::reach) alone.
    #[doc(hidden)]
    pub const fn of_macro(store: &'static [&'static str], others: &'static [&'static str]) -> Self {
        Self { store, others }
    }

    /// The ports of the store.
    pub const fn store(&self) -> &'static [&'static str] {
        self.store
    }

    /// The ports of everything else.
    pub const fn others(&self) -> &'static [&'static str] {
        self.others
    }
}

/// Names all that a function may reach, as a trait that every world with these ports has, and as [`Reached`]: the
/// function gets the tables of these ports, and its policy in `template.yaml` must allow what they do, action by
/// action.
///
/// ```
/// use smart::ports::{ClientReader, ReplayStore, Signer, World};
///
/// smart::reach! {
///     /// All that this function may reach.
///     pub trait Reaches { Store: ClientReader + ReplayStore; Signer: Signer }
/// }
///
/// assert_eq!(REACHES.store(), ["ClientReader", "ReplayStore"]);
/// assert_eq!(REACHES.others(), ["Signer"]);
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

        /// The ports that this function may reach, by name.
        $vis const REACHES: $crate::ports::Reached = $crate::ports::Reached::of_macro(
            &[stringify!($first), $(stringify!($port)),*],
            &[$($(stringify!($bound)),*)?],
        );
    };
}
