//! The letters behind the dot: create, read, update, delete, search.

use super::NotAScope;

/// What may be done: any of create, read, update, delete and search, at least one of them.
///
/// ```
/// use smart_verify::scope::{Permissions, ResourceScope};
///
/// let v1: ResourceScope = "user/Patient.read".parse()?;
/// let v2: ResourceScope = "user/Patient.rs".parse()?;
/// assert_eq!((v1.permissions(), v2.permissions()), (Permissions::READ, Permissions::READ));
/// assert!("user/Patient.sr".parse::<ResourceScope>().is_err(), "letters come in the order cruds");
/// # Ok::<(), smart_verify::scope::NotAScope>(())
/// ```
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-fhir-resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

/// Whether permissions were written as a word of SMART v1 or as letters of v2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Notation {
    V1,
    V2,
}

const LETTERS: [(char, u8); 5] = [('c', 1), ('r', 2), ('u', 4), ('d', 8), ('s', 16)];

impl Permissions {
    /// Reading and searching: `.read` of SMART v1.
    pub const READ: Self = Self(2 | 16);
    /// Creating, updating and deleting: `.write` of SMART v1.
    pub const WRITE: Self = Self(1 | 4 | 8);
    /// All five: `.*` of SMART v1.
    pub const ALL: Self = Self(31);

    /// Reads a word of v1, or letters of v2 in the order `cruds`. Anything else is refused, never widened.
    ///
    /// ```text
    /// v1: read = rs, write = cud, * = cruds     v2: ( c )( r )( u )( d )( s ), each optional, not all absent
    /// ```
    pub(super) fn parse(text: &str) -> Result<(Self, Notation), NotAScope> {
        match text {
            "read" => Ok((Self::READ, Notation::V1)),
            "write" => Ok((Self::WRITE, Notation::V1)),
            "*" => Ok((Self::ALL, Notation::V1)),
            letters => Self::letters(letters).map(|permissions| (permissions, Notation::V2)),
        }
    }

    fn letters(text: &str) -> Result<Self, NotAScope> {
        let mut bits = 0;
        for letter in text.chars() {
            let (_, bit) =
                LETTERS.into_iter().find(|(known, _)| *known == letter).ok_or(NotAScope::Permissions)?;
            if bits >= bit {
                return Err(NotAScope::Permissions);
            }
            bits |= bit;
        }
        if bits == 0 { Err(NotAScope::Permissions) } else { Ok(Self(bits)) }
    }

    /// What both allow, if anything.
    pub fn and(self, other: Self) -> Option<Self> {
        let bits = self.0 & other.0;
        (bits != 0).then_some(Self(bits))
    }

    /// What either allows.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is allowed here and not by `other`, if anything.
    pub fn without(self, other: Self) -> Option<Self> {
        let bits = self.0 & !other.0;
        (bits != 0).then_some(Self(bits))
    }

    /// Whether resources may be created.
    pub const fn creates(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether resources may be read by id.
    pub const fn reads(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether resources may be changed.
    pub const fn updates(self) -> bool {
        self.0 & 4 != 0
    }

    /// Whether resources may be deleted.
    pub const fn deletes(self) -> bool {
        self.0 & 8 != 0
    }

    /// Whether resources may be searched for.
    pub const fn searches(self) -> bool {
        self.0 & 16 != 0
    }

    /// As written in a notation; v1 has no word for some, and they stay letters.
    pub(super) fn written(self, notation: Notation) -> String {
        match (notation, self) {
            (Notation::V1, Self::READ) => "read".to_owned(),
            (Notation::V1, Self::WRITE) => "write".to_owned(),
            (Notation::V1, Self::ALL) => "*".to_owned(),
            _ => LETTERS.into_iter().filter(|(_, bit)| self.0 & bit != 0).map(|(letter, _)| letter).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sc_4_v1_read_means_read_and_search() {
        assert_eq!(Permissions::parse("read").unwrap().0, Permissions::parse("rs").unwrap().0);
        assert_eq!(Permissions::parse("write").unwrap().0, Permissions::parse("cud").unwrap().0);
        assert_eq!(Permissions::parse("*").unwrap().0, Permissions::parse("cruds").unwrap().0);
    }

    #[test]
    fn sc_3_letters_out_of_order_twice_or_unknown_are_refused() {
        for text in ["sr", "dus", "rr", "x", "", "search", "Read", "r s", "rw"] {
            assert_eq!(Permissions::parse(text), Err(NotAScope::Permissions), "{text}");
        }
    }

    #[test]
    fn every_subset_prints_as_it_is_read() {
        for bits in 1..32 {
            let permissions = Permissions(bits);
            assert_eq!(Permissions::letters(&permissions.written(Notation::V2)), Ok(permissions));
        }
    }
}
