//! Whole flows through the real handlers; the journeys are the tests of this package.
