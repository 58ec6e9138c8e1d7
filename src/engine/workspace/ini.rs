//! The files `config` of DVC and of git, line by line.

/// One `key = value` and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Of its section, in lower case but for what stands in quotes, such as `core` or `remote "Main"`.
    pub section: String,
    /// In lower case.
    pub key: String,
    /// Without quotes and comments.
    pub value: String,
    /// From 1.
    pub line: usize,
}

/// The settings of a text in their order, and the number of the first line that is none.
pub fn parse(text: &str) -> (Vec<Setting>, Option<usize>) {
    let mut settings = Vec::new();
    let mut section = String::new();
    let mut wrong = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| Some(rest.rsplit_once(']')?.0)) {
            section = section_name(name);
        } else if let Some((key, value)) = line.split_once('=') {
            let (section, key) = (section.clone(), key.trim().trim_matches(['"', '\'']).to_lowercase());
            settings.push(Setting { section, key, value: unquote(value.trim()), line: at + 1 });
        } else {
            wrong = wrong.or(Some(at + 1));
        }
    }
    (settings, wrong)
}

/// Line and name of the first section that stands twice, which git allows and DVC does not.
pub fn repeated(text: &str) -> Option<(usize, &str)> {
    let mut names = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let inside = line.trim().strip_prefix('[').and_then(|rest| rest.rsplit_once(']'));
        let Some(name) = inside.map(|(name, _)| name.trim()) else { continue };
        if names.contains(&name) {
            return Some((at + 1, name));
        }
        names.push(name);
    }
    None
}

/// `'remote "Main"'`, as DVC writes it, and `Core`.
fn section_name(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')).unwrap_or(name);
    match name.split_once('"') {
        Some((kind, rest)) => format!("{}\"{rest}", kind.to_lowercase()),
        None => name.to_lowercase(),
    }
}

fn unquote(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.to_owned();
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_in_sections() {
        let text = "# x\n[core]\n    no_scm = True\nRemote = 'a b'  # why\n['remote \"Main\"']\nurl = /x # y\n[cache]\nnonsense\ntype = \"reflink,copy\"\n";
        let (settings, wrong) = parse(text);
        let seen: Vec<String> =
            settings.iter().map(|s| format!("{} {}={} {}", s.section, s.key, s.value, s.line)).collect();
        assert_eq!(
            seen,
            ["core no_scm=True 3", "core remote=a b 4", "remote \"Main\" url=/x 6", "cache type=reflink,copy 9"]
        );
        assert_eq!(wrong, Some(8));
    }
}
