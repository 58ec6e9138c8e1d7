//! Sources on the web, from servers that do what they should not.

use super::{CONFIG, Case, SOURCE, case, check, shell};
use crate::sandbox::Sandbox;
use crate::server::{Reply, TestServer};

const CSV: &str = "key,a,b,color,count,y\nk1,1,2,red,3,yes\nk2,2,1,blue,4,no\n";
const INGEST: &str = "ingest";
/// For servers that stall; the backoff is that of all tests.
const IMPATIENT: &str = "MLOPS_HTTP_STALL_SECONDS=0.2 MLOPS_HTTP_BACKOFF_SECONDS=0.01 NO_PROXY=127.0.0.1 $MLOPS ingest";

/// The source is on the web and not here yet.
fn from(url: String, more: &'static str) -> impl Fn(&Sandbox) {
    move |p| {
        std::fs::remove_file(p.path(SOURCE)).unwrap();
        let source = format!("url: {url}\n      file: {SOURCE}\n{more}");
        p.edit(CONFIG, &format!("file: {SOURCE}\n"), &source);
    }
}

/// A case and the server it needs, which lives as long.
fn served(
    name: &str,
    replies: impl Into<Vec<Reply>>,
    command: &'static str,
    code: i32,
    says: &'static str,
) -> (Case, TestServer) {
    let server = TestServer::start(CSV, replies);
    let set_up = from(server.url("/table.csv"), "");
    let case = if command == INGEST {
        case(name, set_up, command, code, says)
    } else {
        shell(name, set_up, command, code, says)
    };
    (case, server)
}

#[test]
fn servers_that_do_not_serve() {
    let (cases, _servers): (Vec<Case>, Vec<TestServer>) = [
        served("404", [Reply::Status(404, "")], INGEST, 1, "404"),
        served("401", [Reply::Status(401, "")], INGEST, 1, "401"),
        served("500 for ever", [Reply::Status(500, "")], INGEST, 1, "500"),
        served("500, then 200", [Reply::Status(500, ""), Reply::Ok], INGEST, 0, "fetched"),
        served("redirects for ever", [Reply::Redirect("/table.csv".into())], INGEST, 1, "redirect"),
        served("a redirect to a file here", [Reply::Redirect("file:///etc/passwd".into())], INGEST, 1, "table.csv"),
        served("a redirect to nowhere", [Reply::Redirect("http://".into())], INGEST, 1, "table.csv"),
        served("too little", [Reply::Cut(30)], INGEST, 0, "fetched in pieces"),
        served("nothing after the promise", [Reply::Cut(0)], INGEST, 1, "table.csv"),
        served("a stall in the middle", [Reply::Stall(30)], IMPATIENT, 0, "fetched in pieces"),
        served("a stall at once", [Reply::Stall(0)], IMPATIENT, 1, "0.2"),
        served("a page", [Reply::Status(200, "Content-Type: text/html")], INGEST, 3, "gives a web page, not a table"),
        served("nothing", [Reply::Status(204, "")], INGEST, 3, "gives an empty file"),
        served("no HTTP", [Reply::Garbage], INGEST, 1, "table.csv"),
        served("no answer", [Reply::Close], INGEST, 1, "table.csv"),
    ]
    .into_iter()
    .unzip();
    check(cases);
}

#[test]
fn addresses_and_checksums_that_do_not_fit() {
    let server = TestServer::start(CSV, [Reply::Ok]);
    let wrong = "      sha256: \"0000000000000000000000000000000000000000000000000000000000000000\"\n";
    let here = move |p: &Sandbox| {
        p.edit(
            CONFIG,
            &format!("file: {SOURCE}\n"),
            &format!("url: http://127.0.0.1:9/table.csv\n      file: {SOURCE}\n{wrong}"),
        )
    };
    check(vec![
        case("nobody listens", from(TestServer::nobody(), ""), INGEST, 1, "x.csv"),
        case("a host that is none", from("http://nowhere.invalid/x.csv".into(), ""), INGEST, 1, "nowhere.invalid"),
        case("another checksum", from(server.url("/table.csv"), wrong), INGEST, 3, "is not what the config expects"),
        case("another checksum of what is here", here, INGEST, 3, "is not what the config expects"),
        case("half a checksum", from(server.url("/table.csv"), "      sha256: abc\n"), "validate", 2, "sha256"),
        case("a scheme that is none", from("gopher://x/y.csv".into(), ""), "validate", 2, "gopher"),
        case("a file as address", from("file:///etc/passwd".into(), ""), "validate", 2, "file:///etc/passwd"),
        case("no host", from("http:///x.csv".into(), ""), "validate", 2, "http:///x.csv"),
    ]);
}
