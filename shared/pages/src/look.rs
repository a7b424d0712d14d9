//! How an organisation makes the pages its own: a colour and a logo. Both come as files from our own origin, since no
//! page holds a style.

use bytes::Bytes;

mod colour;

use colour::Colour;

/// The largest logo that is served, in bytes.
pub const LARGEST_LOGO: usize = 16 * 1024;

/// The `Content-Security-Policy` that `/assets/logo.svg` must be answered with: opened by itself an SVG file is a
/// document, and this one may do nothing. So it is drawn with attributes (`fill="#0b5e73"`), not with a style.
pub const LOGO_POLICY: &str = "default-src 'none'; sandbox";

/// How long a browser may keep `/assets/site.css` and `/assets/logo.svg`, whose names stay the same: an hour.
pub const CACHE_CONTROL: &str = "public, max-age=3600";

/// The least contrast of text with what is behind it.
///
/// Source: WCAG 2.2, 1.4.3 Contrast (Minimum), level AA.
const LEAST_CONTRAST: f64 = 4.5;

// What the style sheet puts behind the accent, and on it in the dark.
const LIGHT_PAGE: Colour = Colour::new(0xf3, 0xf6, 0xf7);
const DARK_CARD: Colour = Colour::new(0x17, 0x22, 0x29);
const DARK_PAGE: Colour = Colour::new(0x0f, 0x17, 0x1c);

/// What an organisation chooses; [`crate::layout::Site::with_look`] checks it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The colour of buttons and links, `#rrggbb`: dark enough for white text on it.
    pub accent: Option<String>,
    /// The text of an SVG file, shown next to the organisation's name.
    pub logo_svg: Option<String>,
}

/// Why a look cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    /// The colour is written otherwise.
    #[error("the accent colour {0:?} is not of the form #rrggbb")]
    NotAColour(String),
    /// White text on it could not be read.
    #[error(
        "the accent colour {colour} has a contrast of {contrast}:1 with white; choose a darker one, of 4.5:1 or more"
    )]
    TooLight {
        /// The colour.
        colour: String,
        /// Its contrast, cut to two places.
        contrast: String,
    },
    /// The logo is something else.
    #[error("the logo is no SVG file: it begins neither with <svg nor with <?xml")]
    NotSvg,
    /// The logo is too large.
    #[error("the logo has {0} bytes; {LARGEST_LOGO} are allowed")]
    LogoTooLarge(usize),
}

/// A look that was checked, as it is served.
#[derive(Clone, Debug)]
pub(crate) struct Dressed {
    /// `/assets/site.css`, if a colour was chosen.
    pub(crate) stylesheet: Option<String>,
    /// `/assets/logo.svg`, if there is one.
    pub(crate) logo: Option<Bytes>,
}

impl Look {
    pub(crate) fn dress(self) -> Result<Dressed, LookError> {
        let stylesheet = self.accent.as_deref().map(accent).transpose()?.map(stylesheet);
        Ok(Dressed { stylesheet, logo: self.logo_svg.map(logo).transpose()? })
    }
}

fn accent(text: &str) -> Result<Colour, LookError> {
    let colour = Colour::parse(text).ok_or_else(|| LookError::NotAColour(text.to_owned()))?;
    let contrast = colour.contrast(Colour::WHITE);
    if contrast < LEAST_CONTRAST {
        let contrast = format!("{:.2}", (contrast * 100.0).floor() / 100.0);
        return Err(LookError::TooLight { colour: text.to_owned(), contrast });
    }
    Ok(colour)
}

fn logo(svg: String) -> Result<Bytes, LookError> {
    let start = svg.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with("<svg") && !start.starts_with("<?xml") {
        return Err(LookError::NotSvg);
    }
    if svg.len() > LARGEST_LOGO { Err(LookError::LogoTooLarge(svg.len())) } else { Ok(svg.into()) }
}

/// The colours that follow from one: darker until links are read on the page, lighter until they are read in the dark.
fn stylesheet(accent: Colour) -> String {
    let light = accent.towards(Colour::BLACK, |shade| shade.contrast(LIGHT_PAGE) >= LEAST_CONTRAST);
    let dark = accent.towards(Colour::WHITE, |tint| tint.contrast(DARK_CARD) >= LEAST_CONTRAST);
    format!(
        ":root {{ --accent: {light}; --accent-strong: {}; --on-accent: {}; }}\n\
         @media (prefers-color-scheme: dark) {{ \
         :root {{ --accent: {dark}; --accent-strong: {}; --on-accent: {DARK_PAGE}; }} }}\n",
        light.mixed(Colour::BLACK, 0.3),
        Colour::WHITE,
        dark.mixed(Colour::WHITE, 0.3),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(accent: &str) -> Result<Dressed, LookError> {
        Look { accent: Some(accent.into()), logo_svg: None }.dress()
    }

    #[test]
    fn the_style_sheet_overrides_the_accent_in_the_light_and_in_the_dark() {
        let css = dressed("#0b5e73").unwrap().stylesheet.unwrap();
        assert!(
            css.starts_with(":root { --accent: #0b5e73; --accent-strong: #084251; --on-accent: #ffffff; }")
        );
        assert!(css.contains("@media (prefers-color-scheme: dark) { :root { --accent: #"));
        assert_eq!(css.matches("--on-accent").count(), 2);
    }

    #[test]
    fn ux_11_whatever_was_chosen_can_be_read_on_everything_that_is_behind_it() {
        for chosen in ["#000000", "#767676", "#0000ff", "#b00020", "#00695c", "#6a1b9a", "#8a4b00"] {
            let css = dressed(chosen).unwrap().stylesheet.unwrap();
            let accents: Vec<Colour> = css
                .split("--accent: ")
                .skip(1)
                .map(|rest| Colour::parse(rest.get(..7).unwrap()).unwrap())
                .collect();
            let [light, dark] = accents[..] else { panic!("{css}") };
            for (one, other) in
                [(light, Colour::WHITE), (light, LIGHT_PAGE), (dark, DARK_CARD), (dark, DARK_PAGE)]
            {
                assert!(one.contrast(other) >= LEAST_CONTRAST, "{one} on {other}");
            }
        }
    }

    #[test]
    fn a_colour_that_is_none_or_too_light_is_refused_with_the_reason() {
        for text in ["", "red", "#fff", "#12345g", "0b5e73", "#0b5e7", "#0b5e7é", "#0b5e73;}"] {
            assert_eq!(dressed(text).unwrap_err(), LookError::NotAColour(text.into()));
        }
        assert_eq!(
            dressed("#ff8800").unwrap_err().to_string(),
            "the accent colour #ff8800 has a contrast of 2.39:1 with white; choose a darker one, of 4.5:1 or more"
        );
        assert!(dressed("#777777").is_err() && dressed("#767676").is_ok(), "4.48 and 4.54");
    }

    #[test]
    fn a_logo_is_an_svg_file_of_a_decent_size() {
        let logo = |svg: &str| Look { accent: None, logo_svg: Some(svg.into()) }.dress();
        let good = logo("<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
        assert!(good.stylesheet.is_none() && good.logo.unwrap().starts_with(b"<svg"));
        assert_eq!(logo("<html>").unwrap_err(), LookError::NotSvg);
        assert_eq!(
            logo(&format!("<svg>{}", " ".repeat(LARGEST_LOGO))).unwrap_err(),
            LookError::LogoTooLarge(LARGEST_LOGO + 5)
        );
    }
}
