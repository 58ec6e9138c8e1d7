//! Downloads from a server that behaves as told.

#[path = "../../../../tests/cli/server.rs"]
mod server;

use std::path::PathBuf;
use std::time::Duration;

use server::{Reply, TestServer};

use super::*;
use crate::error::Code;
use crate::event::Silent;

const STALL: &str = "MLOPS_HTTP_STALL_SECONDS";

/// A folder to fetch into, and how.
struct Here {
    folder: tempfile::TempDir,
    settings: Settings,
}

impl Here {
    fn with(variables: &'static [(&'static str, &'static str)]) -> Self {
        let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let mut settings = Settings::from_variables(&value).unwrap();
        settings.backoff = Duration::from_millis(1);
        settings.proxies = false;
        Self { folder: tempfile::tempdir().unwrap(), settings }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("external/x.csv")
    }

    fn fetch(&self, url: &str, sha256: Option<&str>) -> Result<Fetched> {
        let download = Download { url, to: &self.path(), shown: "external/x.csv", sha256 };
        fetch_with(&download, &self.settings, &Silent)
    }

    /// Names of the files that are there; records are hidden.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join("external")).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }
}

fn body() -> Vec<u8> {
    (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn sum(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

#[test]
fn whatever_a_server_does_in_between_the_bytes_are_whole() {
    use Reply::{Close, Cut, Garbage, NoLength, Ok, Ranges, Redirect, Slow, Stall, Status};
    let there = TestServer::start(body(), [Ok]);
    let slow = Slow(100_000, Duration::from_millis(5));
    let cases: Vec<(Vec<Reply>, How)> = vec![
        (vec![Ok], How::Downloaded),
        (vec![NoLength], How::Downloaded),
        (vec![slow], How::Downloaded),
        (vec![Redirect("/elsewhere".into()), Ok], How::Downloaded),
        (vec![Redirect(there.url("/x.csv"))], How::Downloaded),
        (vec![Status(500, ""), Status(503, "Retry-After: 0"), Ok], How::Downloaded),
        (vec![Status(429, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"), Ok], How::Downloaded),
        (vec![Close, Garbage, Ok], How::Downloaded),
        (vec![Stall(0), Ok], How::Downloaded),
        (vec![Cut(70_000), Ranges], How::Resumed),
        (vec![Stall(70_000), Cut(10), Ranges], How::Resumed),
        // A server that knows no ranges begins anew.
        (vec![Cut(70_000), Ok], How::Downloaded),
        // It has said where the part begins, but not as asked.
        (vec![Cut(70_000), Status(416, ""), Ranges], How::Downloaded),
    ];
    for (replies, how) in cases {
        let here = Here::with(&[(STALL, "0.3")]);
        let server = TestServer::start(body(), replies.clone());
        let fetched = here.fetch(&server.url("/x.csv"), Some(&sum(&body()))).unwrap();
        assert_eq!(fetched, Fetched { bytes: 300_000, sha256: sum(&body()), how }, "{replies:?}");
        assert_eq!(fs::read(&here.path()).unwrap(), body(), "{replies:?}");
        assert_eq!(here.files(), ["x.csv"], "{replies:?}");
        assert!(server.requests().iter().all(|r| r.header("Accept-Encoding") == Some("identity")));
    }
}

#[test]
fn refusals_say_what_and_what_to_do() {
    use Reply::{Cut, Redirect, Stall, Status};
    let cases: [(Reply, usize, &str, &str); 8] = [
        (Status(404, ""), 1, "answers 404 not found", "has the file moved?"),
        (Status(401, ""), 1, "answers 401 unauthorized", "set MLOPS_HTTP_TOKEN"),
        (Status(403, ""), 1, "answers 403 forbidden", "set MLOPS_HTTP_TOKEN"),
        (Status(429, "Retry-After: 999"), 1, "answers 429 too many requests", "come back in 999 s"),
        (Status(502, ""), 5, "5 attempts failed: ", "by other means and put it at `external/x.csv`"),
        (Redirect("/x.csv".into()), 2, "redirects in a circle", "by other means"),
        (Stall(0), 5, "5 attempts failed: no byte from `127.0.0.1` for 0.1 s", "by other means"),
        (Cut(0), 5, "ended the connection in the middle", "by other means"),
    ];
    for (reply, requests, message, hint) in cases {
        let here = Here::with(&[(STALL, "0.1")]);
        let server = TestServer::start(body(), [reply.clone()]);
        let error = here.fetch(&server.url("/x.csv?key=s3cret"), None).unwrap_err();
        assert_eq!(error.code(), Code::Failure, "{reply:?}");
        assert!(error.message().contains(message), "{reply:?}: {error}");
        assert!(error.hint_text().unwrap().contains(hint), "{reply:?}: {error:?}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(server.requests().len(), requests, "{reply:?}");
        assert_eq!(here.files(), [""; 0], "{reply:?}");
    }
    let circle = TestServer::start(body(), [Reply::Redirect("/x.csv".into())]);
    let error = Here::with(&[]).fetch(&circle.url("/x.csv"), None).unwrap_err();
    assert!(!error.hint_text().unwrap().contains("run again"), "{error:?}");
    let error = Here::with(&[]).fetch(&TestServer::nobody(), None).unwrap_err();
    assert!(error.message().contains("5 attempts failed: cannot connect to `127.0.0.1`"), "{error}");
}

#[test]
fn redirects_end() {
    let replies: Vec<Reply> = (0..20).map(|i| Reply::Redirect(format!("/{i}"))).collect();
    let server = TestServer::start(body(), replies);
    let error = Here::with(&[]).fetch(&server.url("/x.csv"), None).unwrap_err();
    assert!(error.message().ends_with("redirects more than 10 times"), "{error}");
    let server = TestServer::start(body(), [Reply::Redirect("ftp://example.org/x".into())]);
    let error = Here::with(&[]).fetch(&server.url("/x.csv"), None).unwrap_err();
    assert!(error.message().ends_with("answers 302 and leads to no web address"), "{error}");
}

/// What a killed run leaves is gone on with, if it is of the same state of the same address.
#[test]
fn a_later_run_goes_on_with_the_same_file_only() {
    let changed: Vec<u8> = body().into_iter().rev().collect();
    for (second, path, how) in [
        (Reply::Ranges, "/x.csv", How::Resumed),
        (Reply::Other(changed.clone()), "/x.csv", How::Downloaded),
        (Reply::Ranges, "/other.csv", How::Downloaded),
    ] {
        let here = Here::with(&[]);
        let mut replies = vec![Reply::Cut(70_000)];
        replies.extend(vec![Reply::Status(404, "")]);
        replies.push(second.clone());
        let server = TestServer::start(body(), replies);
        here.fetch(&server.url("/x.csv"), None).unwrap_err();
        assert_eq!(here.files(), ["x.csv.part", "x.csv.part.json"]);
        let fetched = here.fetch(&server.url(path), None).unwrap();
        let expected = if matches!(second, Reply::Other(_)) { &changed } else { &body() };
        assert_eq!((fetched.how, &fetched.sha256), (how, &sum(expected)), "{second:?}");
        assert_eq!(&fs::read(&here.path()).unwrap(), expected);
        let last = server.requests().pop().unwrap();
        assert_eq!(last.header("Range"), (path == "/x.csv").then_some("bytes=70000-"));
        assert_eq!(here.files(), ["x.csv"]);
    }
}

#[test]
fn a_complete_part_lacks_its_place_only_and_a_broken_one_is_thrown_away() {
    let server = TestServer::start(body(), [Reply::Cut(299_999), Reply::Status(404, ""), Reply::Ranges]);
    let here = Here::with(&[]);
    here.fetch(&server.url("/x.csv"), None).unwrap_err();
    let part = here.folder.path().join("external/x.csv.part");
    fs::Part::open(&part).unwrap().append(&body()[299_999..]).unwrap();
    assert_eq!(here.fetch(&server.url("/x.csv"), None).unwrap().bytes, 300_000);
    assert_eq!(server.requests().len(), 2);
    fs::atomic_write_bytes(&part, b"rubbish").unwrap();
    fs::atomic_write_bytes(&part.with_extension("part.json"), b"{\"url\": 1").unwrap();
    fs::remove(&here.path()).unwrap();
    assert_eq!(here.fetch(&server.url("/x.csv"), None).unwrap().sha256, sum(&body()));
}

#[test]
fn a_wrong_checksum_is_refused_and_leaves_nothing() {
    let here = Here::with(&[]);
    let server = TestServer::start(body(), [Reply::Ok]);
    let error = here.fetch(&server.url("/x.csv"), Some(&sum(b"other"))).unwrap_err();
    assert_eq!(error.code(), Code::Data);
    assert!(error.message().contains(&format!("found {}, expected {}", sum(&body()), sum(b"other"))), "{error}");
    assert_eq!(here.files(), [""; 0]);
}

#[test]
fn a_file_that_is_there_is_used_or_refused_and_nobody_asked() {
    let here = Here::with(&[]);
    let path = here.path();
    fs::atomic_write_bytes(&path, b"mine").unwrap();
    // A port where nobody listens: asking would fail.
    let url = TestServer::nobody();
    let fetch_known = |sha256: Option<String>| {
        fetch(&Download { url: &url, to: &path, shown: "external/x.csv", sha256: sha256.as_deref() }, &Silent)
    };
    let mine = Fetched { bytes: 4, sha256: sum(b"mine"), how: How::Present };
    assert_eq!(fetch_known(None).unwrap(), mine);
    assert_eq!(fetch_known(Some(sum(b"mine").to_uppercase())).unwrap(), mine);
    let error = fetch_known(Some(sum(b"other"))).unwrap_err();
    assert_eq!(error.code(), Code::Data);
    assert!(error.message().starts_with("`external/x.csv` is not what the config expects: sha256 found "), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

/// What is no table gets no name, unless its checksum says that it is what was asked for.
#[test]
fn what_is_no_table_is_not_kept() {
    let page = b"\xef\xbb\xbf \n<!DOCTYPE HTML>\n<p>sign in".to_vec();
    for (reply, bytes, message) in [
        (Reply::Status(200, "Content-Type: Text/HTML; charset=utf-8"), b"no :(".to_vec(), "gives a web page"),
        (Reply::Other(page.clone()), page, "gives a web page, not a table"),
        (Reply::Other(Vec::new()), Vec::new(), "gives an empty file"),
        (Reply::Status(204, ""), Vec::new(), "gives an empty file"),
    ] {
        let here = Here::with(&[]);
        let server = TestServer::start(body(), [reply.clone()]);
        let error = here.fetch(&server.url("/x.csv"), None).unwrap_err();
        assert_eq!(error.code(), Code::Data, "{reply:?}");
        assert!(error.message().contains(message) && error.hint_text().is_some(), "{reply:?}: {error:?}");
        assert_eq!(here.files(), [""; 0], "{reply:?}");
        here.fetch(&server.url("/x.csv"), Some(&sum(&bytes))).unwrap();
        assert_eq!(fs::read(&here.path()).unwrap(), bytes, "{reply:?}");
    }
}

/// A file that was fetched is of its address; one that somebody has put there is of any.
#[test]
fn another_address_is_another_file() {
    let here = Here::with(&[]);
    let path = here.path();
    let server = TestServer::start(body(), [Reply::Ok, Reply::Status(404, ""), Reply::Other(b"a,b\n".to_vec())]);
    here.fetch(&server.url("/x.csv?key=s3cret"), None).unwrap();
    let record = fs::read_to_string(&path.with_file_name(".x.csv.source.json")).unwrap();
    assert!(record.contains("/x.csv?…\"") && !record.contains("s3cret"), "{record}");
    let (known, other) = (server.url("/x.csv?key=s3cret"), server.url("/x.csv?key=other"));
    let right = sum(&body());
    let download = |url, sha256| Download { url, to: &path, shown: "external/x.csv", sha256 };
    let update = |download: Download| update_with(&download, || Ok(here.settings.clone()), &Silent);
    assert_eq!(update(download(&known, None)).unwrap().how, How::Present);
    // Bytes that are what was asked for may come from anywhere.
    assert_eq!(update(download(&other, Some(&right))).unwrap().how, How::Present);
    let refused = fetch(&download(&other, None), &Silent).unwrap_err();
    assert_eq!(refused.code(), Code::Usage);
    assert!(refused.message().starts_with("`external/x.csv` is there already, fetched from http://"), "{refused}");
    assert!(update(download(&other, None)).unwrap_err().message().contains("404"));
    assert_eq!(fs::read(&path).unwrap(), body(), "the old file is kept until the new one is whole");
    assert_eq!(update(download(&other, None)).unwrap().how, How::Renewed);
    assert_eq!(fs::read(&path).unwrap(), b"a,b\n");
    fs::atomic_write_bytes(&path, b"mine").unwrap();
    assert_eq!(update(download(&known, None)).unwrap().how, How::Present);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn credentials_go_to_the_named_host_alone() {
    let other = TestServer::start(body(), [Reply::Ok]);
    let server = TestServer::start(body(), [Reply::Redirect("/y".into()), Reply::Redirect(other.url("/x.csv"))]);
    let here = Here::with(&[("MLOPS_HTTP_USER", "me"), ("MLOPS_HTTP_PASSWORD", "s3cret")]);
    here.fetch(&server.url("/x.csv"), None).unwrap();
    let sent: Vec<_> = server.requests().iter().map(|r| r.header("Authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [Some("Basic bWU6czNjcmV0".to_owned()), Some("Basic bWU6czNjcmV0".to_owned())]);
    assert_eq!(other.requests()[0].header("Authorization"), None);
    let here = Here::with(&[("MLOPS_HTTP_TOKEN", "s3cret")]);
    let server = TestServer::start(body(), [Reply::Status(403, "")]);
    let error = here.fetch(&server.url("/x.csv"), None).unwrap_err();
    assert_eq!(server.requests()[0].header("Authorization"), Some("Bearer s3cret"));
    assert!(error.hint_text().unwrap().contains("were not accepted") && !format!("{error:?}").contains("s3cret"));
}

#[test]
fn two_at_a_time_do_not_mix() {
    let here = Here::with(&[]);
    let held = fs::Part::open(&here.folder.path().join("external/x.csv.part")).unwrap();
    let error = here.fetch(&TestServer::nobody(), None).unwrap_err();
    assert!(error.message().starts_with("another process is writing"), "{error}");
    drop(held);
}
