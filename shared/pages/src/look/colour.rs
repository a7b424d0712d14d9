//! Colours and how well one is read on another.

use std::fmt;

/// A colour of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour([u8; 3]);

impl Colour {
    pub(super) const BLACK: Self = Self([0; 3]);
    pub(super) const WHITE: Self = Self([255; 3]);

    pub(super) const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#rrggbb` and no other form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// From 1 (the same) to 21 (black and white).
    ///
    /// Source: WCAG 2.2, definition of contrast ratio.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Source: WCAG 2.2, definition of relative luminance.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// This colour with a share of another: 0 is all this one, 1 all the other.
    pub(super) fn mixed(self, other: Self, share: f64) -> Self {
        let mix = |place: usize| {
            let (own, theirs) = (f64::from(self.0[place]), f64::from(other.0[place]));
            // Between two bytes, so a byte.
            (own + (theirs - own) * share).round() as u8
        };
        Self([mix(0), mix(1), mix(2)])
    }

    /// This colour, or the nearest one on the way to another that is good enough.
    pub(super) fn towards(self, goal: Self, good_enough: impl Fn(Self) -> bool) -> Self {
        let steps = (0..=20).map(|step| self.mixed(goal, f64::from(step) / 20.0));
        steps.into_iter().find(|colour| good_enough(*colour)).unwrap_or(goal)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_what_wcag_says() {
        let contrast = |one: &str, other: &str| {
            Colour::parse(one).unwrap().contrast(Colour::parse(other).unwrap()) * 100.0
        };
        assert_eq!(contrast("#000000", "#ffffff").round(), 2100.0);
        assert_eq!(contrast("#777777", "#ffffff").floor(), 447.0);
        assert_eq!(contrast("#ffffff", "#0000ff").floor(), 859.0);
    }

    #[test]
    fn a_colour_is_written_as_it_is_read() {
        assert_eq!(Colour::parse("#0B5e73").unwrap().to_string(), "#0b5e73");
        assert_eq!(Colour::BLACK.mixed(Colour::WHITE, 0.5).to_string(), "#808080");
    }
}
