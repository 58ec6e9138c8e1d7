//! Addresses in texts.

/// White space for addresses of pages, each up to the next white space.
pub fn without_urls(text: &str, out: &mut String) -> bool {
    without(
        text,
        out,
        |bytes| bytes.iter().position(|b| matches!(b, b':' | b'w' | b'W')),
        |text, at, last| {
            let rest = &text[at..];
            let begins = |start: &str| rest.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
            let start = if begins("://") {
                let scheme = ["https", "http", "ftp"].into_iter().find(|scheme| ends_with(&text[last..at], scheme))?;
                at - scheme.len()
            } else if begins("www.") && !text[last..at].ends_with(|c: char| c.is_alphanumeric()) {
                at
            } else {
                return None;
            };
            let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len());
            Some((start, at + length))
        },
    )
}

fn ends_with(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.and_then(|at| text.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// White space for e-mail addresses.
pub fn without_emails(text: &str, out: &mut String) -> bool {
    without(
        text,
        out,
        |bytes| memchr::memchr(b'@', bytes),
        |text, at, last| {
            let local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
            let before = text.as_bytes()[last..at].iter().rev().take_while(|b| local(b)).count();
            let host = |b: &u8| b.is_ascii_alphanumeric() || b".-".contains(b);
            let rest = &text[at + 1..];
            let domain = &rest[..rest.bytes().take_while(host).count()];
            // The full stop of a sentence is none of the address.
            let domain = domain.trim_end_matches(['.', '-']);
            let (name, top) = domain.rsplit_once('.')?;
            let is_address =
                before > 0 && !name.is_empty() && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
            is_address.then_some((at - before, at + 1 + domain.len()))
        },
    )
}

/// Puts white space in place of what `range` finds at the places that `next` finds. `range` is given the text, the place
/// and the end of what was found before.
fn without(
    text: &str,
    out: &mut String,
    next: impl Fn(&[u8]) -> Option<usize>,
    range: impl Fn(&str, usize, usize) -> Option<(usize, usize)>,
) -> bool {
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = next(&text.as_bytes()[at..]) {
        at += found;
        match range(text, at, kept) {
            Some((start, end)) => {
                out.push_str(&text[kept..start]);
                out.push(' ');
                (kept, at) = (end, end);
            }
            None => at += 1,
        }
    }
    if kept > 0 {
        out.push_str(&text[kept..]);
    }
    kept > 0
}
