//! Sources on the web, through the real binary and a server on the loopback.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::sandbox::{Ran, Sandbox};
use crate::server::{Reply, TestServer};

const CSV: &str = "a,b,y\n1,2,x\n3,4,z\n5,6,x\n";

fn project(url: &str, more: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "configs/config.yaml",
        &format!(
            "config:\n  dataset: web\n  date: \"20240131\"\n  version: 1\n  sources:\n    - url: {url}\n{more}  target: {{column: y}}\n"
        ),
    );
    sandbox
}

#[test]
fn a_source_is_fetched_once_and_told() {
    let server = TestServer::start(CSV, [Reply::Status(503, ""), Reply::Cut(7), Reply::Ranges]);
    let sandbox = project(&server.url("/table.csv"), "");
    let ran = sandbox.ok(&["ingest"]);
    assert!(
        ran.stdout.contains("data/external/table.csv: fetched in pieces, 24 bytes; to pin it: sha256: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("answers 503 service unavailable; attempt 2 of 5 in 0.01 s"), "{}", ran.stderr);
    assert_eq!(sandbox.read("data/external/table.csv"), CSV);
    let raw = sandbox.files("data/raw");
    sandbox.ok(&["ingest"]);
    assert_eq!(server.requests().len(), 3, "asked again");
    assert_eq!(sandbox.files("data/raw"), raw);
}

/// The address in the config is what counts, not what an earlier one has left.
#[test]
fn another_address_is_fetched_anew() {
    let server = TestServer::start(CSV, [Reply::Ok, Reply::Other(b"a,b,y\n7,8,x\n9,9,z\n".to_vec())]);
    let sandbox = project(&server.url("/one/table.csv"), "");
    sandbox.ok(&["ingest"]);
    sandbox.edit("configs/config.yaml", "/one/", "/two/");
    let ran = sandbox.ok(&["ingest"]);
    assert!(ran.stdout.contains("table.csv: fetched anew"), "{}", ran.stdout);
    assert!(sandbox.read("data/raw/web_raw_20240131.csv").contains("7,8,x"));
    sandbox.ok(&["ingest"]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_wrong_checksum_is_a_broken_contract() {
    let server = TestServer::start(CSV, [Reply::Ok]);
    let sandbox = project(&server.url("/table.csv"), &format!("      sha256: \"{}\"\n", "0".repeat(64)));
    sandbox.run(&["ingest"]).refused(3, "is not what the config expects: sha256 found ");
    assert!(sandbox.files("data").is_empty());
    sandbox.write("data/external/table.csv", "y\nmine\n");
    sandbox.run(&["ingest"]).refused(3, "`data/external/table.csv` is not what the config expects");
    assert_eq!(sandbox.read("data/external/table.csv"), "y\nmine\n");
    assert_eq!(server.requests().len(), 1);
}

/// The proxy of the environment is asked, is given its credentials, and nobody else hears of them.
#[test]
fn proxies_and_secrets_of_the_environment() {
    let proxy = TestServer::start(CSV, [Reply::Ok, Reply::Status(403, "")]);
    let sandbox = project("http://example.invalid/table.csv?signature=s3cret", "");
    let fetch = || {
        let mut command = sandbox.command(&["ingest", "-vvv"]);
        let secret = format!("http://me:s3cret@127.0.0.1:{}", proxy.port());
        command.env("HTTP_PROXY", secret.clone()).env("http_proxy", secret).env("NO_PROXY", "").env("no_proxy", "");
        Ran::from(command.env("MLOPS_HTTP_TOKEN", "s3cret").stdin(Stdio::null()).output().unwrap())
    };
    let (first, asked) = (fetch(), proxy.requests());
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(asked[0].path, "http://example.invalid/table.csv?signature=s3cret");
    assert_eq!(asked[0].header("Proxy-Authorization"), Some("Basic bWU6czNjcmV0"));
    std::fs::remove_file(sandbox.path("data/external/table.csv")).unwrap();
    let second = fetch();
    second.refused(1, "http://example.invalid/table.csv?… answers 403 forbidden");
    for ran in [first, second] {
        assert!(!ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"), "{}\n{}", ran.stdout, ran.stderr);
    }
}

/// An interrupt ends a download at once; what came is gone on with.
#[cfg(unix)]
#[test]
fn an_interrupted_download_goes_on() {
    let server = TestServer::start(CSV, [Reply::Stall(10), Reply::Ranges]);
    let sandbox = project(&server.url("/table.csv"), "");
    let mut child = sandbox.command(&["ingest"]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let part = sandbox.path("data/external/table.csv.part");
    let begun = Instant::now();
    while std::fs::metadata(&part).map_or(0, |m| m.len()) < 10 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing came");
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let ran = sandbox.ok(&["ingest"]);
    assert!(ran.stdout.contains("fetched in pieces"), "{}", ran.stdout);
    assert_eq!(server.requests()[1].header("Range"), Some("bytes=10-"));
    assert_eq!(sandbox.read("data/external/table.csv"), CSV);
}
