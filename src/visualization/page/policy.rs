//! The Content-Security-Policy of a page: its own style and scripts, known by their hashes, and nothing else.

use sha2::{Digest, Sha256};

/// What a page with these styles and scripts may do: no network, no frames, no forms; one that is `online` may ask the
/// server it came from. Figures have their styles in attributes, which hold nothing but colours and widths.
pub fn policy(styles: &[&str], scripts: &[&str], online: bool) -> String {
    let hashes = |texts: &[&str]| texts.iter().map(|text| hash(text)).collect::<Vec<_>>().join(" ");
    let connect = if online { "connect-src 'self'; " } else { "" };
    format!(
        "default-src 'none'; style-src-elem {}; style-src-attr 'unsafe-inline'; script-src {}; img-src data:; {connect}base-uri 'none'; form-action 'none'",
        hashes(styles),
        hashes(scripts)
    )
}

/// A source by its content, as the policy names it.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())))
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for sign in 0..4 {
            let place = (bits >> (18 - 6 * sign) & 63) as usize;
            text.push(if sign as usize <= group.len() { char::from(SIGNS[place]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), expected);
        }
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert_eq!(hash("alert(1)"), format!("'sha256-{}'", "bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI="));
    }
}
