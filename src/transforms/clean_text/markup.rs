//! Tags of HTML.

use memchr::{memchr, memchr2, memmem};

/// White space for tags and comments. A `<` that opens none stays: one before no letter, or with no `>` before the next.
pub fn without_tags(text: &str, out: &mut String) -> bool {
    let bytes = text.as_bytes();
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let open = at + found;
        at = open + 1;
        if let Some(length) = tag(&bytes[at..]) {
            out.push_str(&text[kept..open]);
            out.push(' ');
            at += length;
            kept = at;
        }
    }
    if kept > 0 {
        out.push_str(&text[kept..]);
    }
    kept > 0
}

/// The length of the tag whose `<` has just been, its `>` included.
fn tag(rest: &[u8]) -> Option<usize> {
    let name = rest.strip_prefix(b"/").unwrap_or(rest);
    if !name.first().is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, b'!' | b'?')) {
        return None;
    }
    if rest.starts_with(b"!--") {
        // Bounded, so that many comments that do not end take linear time.
        const LONGEST: usize = 4096;
        let comment = &rest[..rest.len().min(LONGEST)];
        if let Some(end) = memmem::find(comment, b"-->") {
            return Some(end + 3);
        }
    }
    let end = memchr2(b'<', b'>', rest)?;
    (rest[end] == b'>').then_some(end + 1)
}
