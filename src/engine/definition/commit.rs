//! What `dvc commit` writes into a `.dvc` file: what the data holds now. All else in the file stays as it is.

use crate::engine::Fingerprint;
use crate::error::Result;
use crate::yaml::edit::set_entries;
use crate::yaml::{self, Node};

/// The text of the `.dvc` file `file` with the fingerprints of its outs, one each, in their order.
///
/// # Errors
/// Exit code 2 with file and line, where it is written in a way that cannot be kept.
pub fn commit(text: &str, file: &str, outs: &[Fingerprint]) -> Result<String> {
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    for (at, now) in outs.iter().enumerate() {
        let root = yaml::parse(&text, file)?;
        let Some(out) = root.get("outs").and_then(Node::as_sequence).and_then(|outs| outs.get(at)) else {
            return Err(root.error("the list of outs has changed").hint("run again"));
        };
        // In the order in which DVC adds those that are not there.
        let values = [
            ("md5", Some(scalar(&now.md5))),
            ("size", now.size.map(|size| size.to_string())),
            ("nfiles", now.nfiles.map(|count| count.to_string())),
            ("isexec", now.isexec.then(|| "true".to_owned())),
        ];
        let Some(edited) = set_entries(&text, out, &values) else {
            return Err(out
                .error("the data has changed, and what it is now cannot be written here")
                .hint(format!("`dvc commit {file}` writes the file anew, one key a line")));
        };
        text = edited;
    }
    Ok(text)
}

/// Digits alone, or with one `e` among them, would be a number.
fn scalar(md5: &str) -> String {
    match yaml::parse(md5, "md5") {
        Ok(node) if node.as_str().is_some() => md5.to_owned(),
        _ => format!("'{md5}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(md5: &str, nfiles: Option<u64>, isexec: bool) -> Fingerprint {
        Fingerprint { md5: md5.to_owned(), size: Some(9), nfiles, isexec }
    }

    /// As `dvc commit` of DVC 3.67.1 leaves them.
    #[test]
    fn the_file_is_that_of_dvc() {
        let digits = "12345678901234567890123456789012";
        let text = "# mine\nouts:\n- md5: aa\n  size: 4\n  hash: md5\n  path: x # why\n";
        for (now, expected) in [
            (
                print("bb", None, false),
                "# mine\nouts:\n- md5: bb\n  size: 9\n  hash: md5\n  path: x # why\n".to_owned(),
            ),
            (
                print("bb.dir", Some(2), false),
                "# mine\nouts:\n- md5: bb.dir\n  size: 9\n  hash: md5\n  path: x # why\n  nfiles: 2\n".to_owned(),
            ),
            (
                print(digits, None, true),
                format!("# mine\nouts:\n- md5: '{digits}'\n  size: 9\n  hash: md5\n  path: x # why\n  isexec: true\n"),
            ),
        ] {
            let edited = commit(text, "x.dvc", std::slice::from_ref(&now)).unwrap();
            assert_eq!(edited, expected);
            // And back again.
            let back = commit(&edited, "x.dvc", &[Fingerprint { size: Some(4), ..print("aa", None, false) }]).unwrap();
            assert_eq!(back, text);
        }
        let error = commit("outs: [{md5: aa, path: x}]\n", "x.dvc", &[print("bb", None, false)]).unwrap_err();
        assert!(error.message().starts_with("x.dvc:1:8: `outs[0]`: the data has changed"), "{error}");
    }
}
