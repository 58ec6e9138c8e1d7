//! Who may ask `serve`, and what hostile clients come to: the real server, asked over sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::sandbox::Sandbox;
use crate::serve::Served;

const CI: &str = "ci-5ecre7-0123456789";
const OPS: &str = "ops-5ecre7-0123456789";
const WRONG: &str = "wr0ng-0123456789";

/// A model that needs no training: fields `a`, `b` and `c`.
fn model(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/model").join(name).to_str().unwrap().to_owned()
}

const ROW: &str = r#"{"a": 1.5, "b": "u", "c": 2}"#;

/// A file of tests/cli/tls. They are of these tests alone: an authority and two certificates of it for localhost and
/// 127.0.0.1, each with its key.
fn tls(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/tls").join(name).to_str().unwrap().to_owned()
}

/// A server with options, variables and a section `serve.access`.
fn serve(sandbox: &Sandbox, access: &str, options: &[&str], variables: &[(&str, &str)]) -> Served {
    if !access.is_empty() {
        sandbox.write("configs/config.yaml", "config: {}\n");
        sandbox.write("configs/serve.yaml", &format!("serve:\n  access: {access}\n"));
    }
    let model = model("xgb_two");
    let arguments = [&["serve", "--port", "0", "--model", &*model], options].concat();
    let mut command = sandbox.command(&arguments);
    Served::of(command.envs(variables.iter().copied()).stderr(Stdio::piped()))
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

struct Told {
    status: u16,
    head: String,
    body: String,
}

impl Told {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn reason(&self) -> String {
        let body: Json = serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body));
        body["error"]["reason"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends bytes as they are, and reads until the connection ends.
fn exchange(server: &Served, sent: &[u8]) -> Told {
    let mut stream = server.connect();
    stream.write_all(sent).unwrap();
    told(&mut stream)
}

fn told(stream: &mut impl Read) -> Told {
    let mut text = Vec::new();
    // A connection may be reset where the rest of what was sent is not wanted.
    stream.read_to_end(&mut text).ok();
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Told { status, head: head.to_owned(), body: body.to_owned() }
}

/// Asks with further header lines.
fn ask(server: &Served, what: &str, headers: &str, body: &str) -> Told {
    let length = body.len();
    let json = "content-type: application/json\r\n";
    let head = format!("{what} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{json}{headers}");
    exchange(server, format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes())
}

#[test]
fn tokens_may_stand_in_the_project_where_git_does_not_look() {
    let sandbox = Sandbox::empty();
    sandbox.write(".env", &format!("# secrets\nMLOPS_TOKEN_CI=\"{CI}\"\nexport MLOPS_ADMIN_TOKEN_OPS={WRONG}\n"));
    let server = serve(&sandbox, "{public: []}", &[], &[("MLOPS_ADMIN_TOKEN_OPS", OPS)]);
    for (token, status) in [(CI, 200), (OPS, 200), (WRONG, 401)] {
        assert_eq!(ask(&server, "GET /model_info", &bearer(token), "").status, status, "{token}");
    }
    drop(server);
    sandbox.write(".env", &format!("MLOPS_TOKEN_CI {CI}\n"));
    let model = model("xgb_two");
    let refused = sandbox.run(&["serve", "--model", &model]);
    refused.refused(2, ".env` has a line that is no `NAME=value`");
    assert!(!refused.stderr.contains(CI), "{}", refused.stderr);
}

#[test]
fn no_token_and_a_wrong_token_are_refused() {
    let sandbox = Sandbox::empty();
    let access = "{tokens: [{name: new, env: NEW, scopes: [predict]}]}";
    let variables = [("MLOPS_TOKEN_CI", CI), ("MLOPS_ADMIN_TOKEN_OPS", OPS), ("NEW", "new-5ecre7-0123456789")];
    let server = serve(&sandbox, access, &[], &variables);
    let status = |headers: &str| ask(&server, "POST /predict", headers, ROW).status;
    let none = ask(&server, "POST /predict", "", ROW);
    assert_eq!((none.status, none.reason().as_str()), (401, "no_token"));
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"mlops\""));
    for wrong in [WRONG, &CI[1..], &CI[..CI.len() - 1], &format!("{CI}x"), &CI.to_uppercase(), ""] {
        let told = ask(&server, "POST /predict", &bearer(wrong), ROW);
        assert_eq!((told.status, told.reason().as_str()), (401, "wrong_token"), "{wrong}");
    }
    assert_eq!(status(&format!("authorization: Basic {CI}\r\n")), 401);
    assert_eq!(ask(&server, &format!("POST /predict?token={CI}"), "", ROW).status, 401, "not in the query");
    // The old and the new one side by side.
    assert_eq!((status(&bearer(CI)), status(&bearer("new-5ecre7-0123456789"))), (200, 200));
    assert_eq!(ask(&server, "GET /health", "", "").status, 200, "probes have no token");
    let metrics = |token: &str| ask(&server, "GET /metrics", &bearer(token), "");
    assert_eq!((metrics(CI).status, metrics("new-5ecre7-0123456789").reason().as_str()), (200, "forbidden"));
    let admin = |token: &str| ask(&server, "POST /admin/nothing", &bearer(token), "").status;
    assert_eq!((admin(CI), admin(OPS)), (403, 404));
}

#[test]
fn tokens_stand_in_no_output_and_no_file() {
    let sandbox = Sandbox::empty();
    sandbox.write("configs/config.yaml", "config: {}\n");
    sandbox.write("configs/serve.yaml", "serve: {access: {rate: {per_address: 1/h, burst: 12}}}\n");
    let said = std::fs::File::create(sandbox.path("stderr")).unwrap();
    let model = model("xgb_two");
    let options = ["-vv", "--json", "serve", "--port", "0", "--model", &model, "--access-log", "access.jsonl"];
    let mut command = sandbox.command(&options);
    command.env("MLOPS_TOKEN_CI", CI).env("MLOPS_ADMIN_TOKEN_OPS", OPS).stderr(said);
    let server = Served::of(&mut command);
    let mut answers = String::new();
    for token in [CI, OPS, WRONG] {
        for what in ["POST /predict", "GET /metrics", "POST /admin/reload", "GET /openapi.json"] {
            let told = ask(&server, what, &bearer(token), ROW);
            answers.push_str(&told.head);
            answers.push_str(&told.body);
        }
    }
    // Beyond the rate, in a query, in a head that breaks off, and in one that is too large.
    for sent in [
        format!("GET /health?token={CI} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        format!("POST /predict HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {CI}\r\nconnection: close\r\n\r\n"),
        format!("GET /ping HTTP/1.1\r\nauthorization: Bearer {CI}\r\n{}\r\n", "x-a: y\r\n".repeat(1000)),
        format!("GET /ping HTTP/9.9\r\nauthorization: Bearer {CI}\r\n\r\n"),
    ] {
        let told = exchange(&server, sent.as_bytes());
        answers.push_str(&told.head);
        answers.push_str(&told.body);
    }
    let (code, out) = server.stop();
    assert_eq!(code, Some(0));
    let log = sandbox.read("access.jsonl");
    let lines: Vec<Json> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first = |name: &str| lines.iter().find(|line| line["token"] == name).unwrap();
    assert_eq!((&first("ci")["path"], &first("ci")["status"]), (&json!("/predict"), &json!(200)));
    let audited = sandbox.read("stderr");
    let audit: Vec<&str> = audited.lines().filter(|line| line.contains("POST /admin/reload")).collect();
    assert_eq!(audit.len(), 1, "what was done to the server is told, what was refused is not: {audited}");
    assert!(audit[0].contains("ops") && audit[0].contains("127.0.0.1"), "{audit:?}");
    let mut places = vec![("stdout".to_owned(), out), ("answers".to_owned(), answers)];
    places.extend(sandbox.files("").into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())));
    assert!(places.len() >= 5 && audited.len() > 100, "{audited}");
    for (place, text) in &places {
        for secret in [CI, OPS, WRONG, "5ecre7"] {
            assert!(!text.contains(secret), "`{secret}` in {place}:\n{text}");
        }
    }
    // Nor in what is said of tokens that are none.
    for (name, value) in [("MLOPS_TOKEN_CI", "5ecre7"), ("MLOPS_TOKEN_CI", "5ecre7 with a space"), ("MLOPS_TOKEN_", CI)]
    {
        for more in [&[][..], &["--json"]] {
            let arguments = [&["serve", "--port", "0", "--model", &*model], more].concat();
            let output = sandbox.command(&arguments).env(name, value).stdin(Stdio::null()).output().unwrap();
            assert_eq!(output.status.code(), Some(2));
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(said.contains("MLOPS_TOKEN_") && !said.contains("5ecre7"), "{said}");
        }
    }
}

#[test]
fn others_reach_it_only_with_tokens_or_by_permission() {
    let sandbox = Sandbox::empty();
    let model = model("xgb_two");
    let options = ["serve", "--port", "0", "--host", "0.0.0.0", "--model", &model];
    let refused = sandbox.run(&options);
    refused.refused(2, "whoever reaches this machine could ask, and there is no token");
    assert!(refused.stderr.contains("--open") && refused.stderr.contains("MLOPS_TOKEN_"), "{}", refused.stderr);
    let said = |options: &[&str], variables: &[(&str, &str)]| {
        let said = std::fs::File::create(sandbox.path("stderr")).unwrap();
        let server = Served::of(sandbox.command(options).envs(variables.iter().copied()).stderr(said));
        assert_eq!(server.stop().0, Some(0));
        sandbox.read("stderr")
    };
    assert!(!said(&[&options[..], &["--open"]].concat(), &[]).contains("warning"));
    let clear = said(&options, &[("MLOPS_TOKEN_CI", CI)]);
    assert!(clear.contains("tokens travel in clear text"), "{clear}");
    sandbox.write("configs/config.yaml", "config: {}\n");
    sandbox.write("configs/serve.yaml", "serve: {access: {open: true, cors: ['*']}}\n");
    let told = said(&options, &[]);
    assert!(told.contains("pages of every origin may ask"), "{told}");
    sandbox.write("configs/serve.yaml", "serve: {access: {tokens: [{name: a, env: NOT_SET_HERE}]}}\n");
    sandbox.run(&options).refused(2, "the environment variable `NOT_SET_HERE` is not set");
    sandbox.write("configs/serve.yaml", "serve: {access: {tokens: [{name: a, env: 5ecre7-in-the-wrong-place}]}}\n");
    let refused = sandbox.run(&options);
    refused.refused(2, "expected the name of an environment variable");
    assert!(!refused.stderr.contains("5ecre7"), "{}", refused.stderr);
}

#[test]
fn no_path_leads_out_of_the_interface() {
    let sandbox = Sandbox::empty();
    sandbox.write("secret.txt", "5ecre7");
    let server = serve(&sandbox, "", &[], &[]);
    let traversals = [
        "/models/..%2f..%2fsecret.txt",
        "/models/..%2f..%2fsecret.txt/predict",
        "/models/%2e%2e/%2e%2e/secret.txt",
        "/models/../../secret.txt",
        "/models/..%5c..%5csecret.txt/predict",
        "/models/%252e%252e%252fsecret.txt/predict",
        "/models/%00/predict",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "//secret.txt",
        "/./secret.txt",
        "/secret.txt",
        "/models/%ff%fe/predict",
    ];
    for path in traversals {
        for method in ["GET", "POST"] {
            let told = ask(&server, &format!("{method} {path}"), "", ROW);
            assert!([400, 404, 405].contains(&told.status), "{method} {path}: {}", told.status);
            assert!(!told.body.contains("5ecre7"), "{path}: {}", told.body);
        }
    }
    let admin =
        ["/admin/../admin/reload", "//admin/reload", "/%61dmin/reload", "/health/../admin/reload", "/ADMIN/reload"];
    let guarded = serve(&sandbox, "", &[], &[("MLOPS_TOKEN_CI", CI)]);
    for path in admin {
        let told = ask(&guarded, &format!("POST {path}"), &bearer(CI), "");
        assert!([403, 404].contains(&told.status), "{path}: {} {}", told.status, told.body);
    }
    assert_eq!(
        ask(&guarded, "POST http://localhost/admin/reload", &bearer(CI), "").status,
        403,
        "a whole URL is its path"
    );
}

#[test]
fn what_is_too_large_is_refused() {
    let server = serve(&Sandbox::empty(), "", &["--max-body", "1000", "--max-rows", "10"], &[]);
    let told = exchange(&server, b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\n\r\n");
    assert_eq!((told.status, told.reason().as_str()), (413, "too_large"), "told at once, before the body comes");
    // Nor can it be had in pieces whose sum nobody told.
    let chunk = format!("64\r\n{}\r\n", " ".repeat(100)).repeat(20);
    let head = "POST /predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let told = exchange(&server, format!("{head}{chunk}0\r\n\r\n").as_bytes());
    assert_eq!((told.status, told.reason().as_str()), (413, "too_large"));
    let large = "18446744073709551616";
    let told =
        exchange(&server, format!("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: {large}\r\n\r\n").as_bytes());
    assert_eq!(told.status, 400, "no number of bytes");
    let rows = |count: usize| format!("[{}]", vec![ROW; count].join(","));
    assert_eq!(ask(&server, "POST /predict", "", &rows(10)).status, 200);
    let told = ask(&server, "POST /predict", "", &rows(11));
    assert_eq!((told.status, told.reason().as_str()), (413, "too_many_rows"));
    let lines = format!("a,b,c\n{}", "1.5,u,2\n".repeat(11));
    let csv = format!(
        "POST /invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n{lines}",
        lines.len()
    );
    let told = exchange(&server, csv.as_bytes());
    assert!(told.status == 413 && told.body.contains("more than 10 rows"), "{}", told.body);
}

#[test]
fn half_large_bodies_keep_large_ones_waiting_and_no_small_ones() {
    let server = serve(&Sandbox::empty(), "", &["--max-body", "100000"], &[]);
    let rows = vec![ROW; 3000].join(",");
    let body = format!("[{rows}]");
    let large =
        format!("POST /predict HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    // As many of the largest size as there is room for.
    let mut crowd: Vec<TcpStream> = (0..16).map(|_| server.connect()).collect();
    for stream in &mut crowd {
        let head = large.replace(&body.len().to_string(), "100000");
        stream.write_all(format!("{head}[").as_bytes()).unwrap();
    }
    // An answer on another connection: what was sent before has come by now.
    assert_eq!(ask(&server, "POST /predict", "", ROW).status, 200);
    let mut waits = server.connect();
    waits.write_all(large.as_bytes()).unwrap();
    waits.write_all(body.as_bytes()).unwrap();
    assert_eq!(ask(&server, "POST /predict", "", ROW).status, 200, "a small one");
    waits.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let answered = waits.read(&mut [0]).map_err(|error| error.kind());
    assert!(matches!(answered, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{answered:?}");
    drop(crowd.pop());
    waits.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    assert_eq!(told(&mut waits).status, 200);
}

#[test]
fn bombs_of_headers_are_refused() {
    let server = serve(&Sandbox::empty(), "", &[], &[]);
    let get = |headers: &str| {
        exchange(&server, format!("GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").as_bytes())
            .status
    };
    let many = |count: usize| (0..count).map(|at| format!("x-{at}: y\r\n")).collect::<String>();
    assert_eq!(get(&many(50)), 200);
    assert_eq!(get(&many(100)), 431, "too many");
    assert_eq!(get(&many(100_000)), 431, "far too many");
    assert_eq!(get(&format!("x: {}\r\n", "y".repeat(8 << 10))), 200);
    assert_eq!(get(&format!("x: {}\r\n", "y".repeat(64 << 10))), 431, "too long a value");
    assert_eq!(get(&format!("{}: y\r\n", "x".repeat(64 << 10))), 431, "too long a name");
    let path = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(64 << 10));
    assert!([414, 431].contains(&exchange(&server, path.as_bytes()).status), "too long a path");
    let endless = exchange(&server, "x".repeat(1 << 20).as_bytes()).status;
    assert!([0, 400, 414, 431].contains(&endless), "{endless}: no line at all");
    assert_eq!(get(""), 200, "it lives on");
}

#[test]
fn who_was_answered_early_is_let_go() {
    let server = serve(&Sandbox::empty(), "", &["--max-connections", "2"], &[]);
    let long = format!("GET /ping HTTP/1.1\r\nhost: x\r\nx: {}", "y".repeat(64 << 10));
    let mut crowd: Vec<TcpStream> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut crowd {
        stream.write_all(long.as_bytes()).unwrap();
        assert_eq!(told(stream).status, 431);
    }
    // Neither of them ends its side, and there is room for others all the same.
    let mut other = server.connect();
    other.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    other.write_all(b"GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    assert_eq!(told(&mut other).status, 200);
    drop(crowd);
}

/// Sends a byte at a time, as slowly as it is still awake for, until the server has had enough.
fn dribble(stream: &mut TcpStream, bytes: impl Iterator<Item = u8>) -> bool {
    for byte in bytes {
        if stream.write_all(&[byte]).is_err() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

#[test]
fn slow_clients_are_sent_away() {
    let sandbox = Sandbox::empty();
    let server = serve(&sandbox, "", &["--read-timeout", "500ms", "--max-connections", "8"], &[]);
    // A head that never ends, though every byte of it comes: the time is for all of it.
    let mut head = server.connect();
    head.write_all(b"GET /ping HTTP/1.1\r\nhost: x\r\nx: ").unwrap();
    assert!(dribble(&mut head, std::iter::repeat_n(b'y', 1200)), "a head may take for ever");
    // A body alike.
    let mut body = server.connect();
    body.write_all(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n").unwrap();
    let mut reader = body.try_clone().unwrap();
    let answered = std::thread::spawn(move || told(&mut reader));
    dribble(&mut body, std::iter::repeat_n(b' ', 1200));
    let told = answered.join().unwrap();
    assert_eq!((told.status, told.reason().as_str()), (408, "slow"));
    // More of them than there is room for: who comes later is answered once they are gone.
    let mut crowd: Vec<TcpStream> = (0..8).map(|_| server.connect()).collect();
    crowd.iter_mut().for_each(|stream| stream.write_all(b"GET /").unwrap());
    assert_eq!(ask(&server, "GET /ping", "", "").status, 200);
    for stream in &mut crowd {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    }
}

#[test]
fn who_never_reads_the_answer_is_cut() {
    let sandbox = Sandbox::empty();
    let server = serve(&sandbox, "", &["--read-timeout", "1s"], &[]);
    let mut greedy = server.connect();
    // Answers beyond all that the two ends of a connection can hold, none of which is read.
    let rows = format!("[{}]", vec![ROW; 20_000].join(","));
    let head = "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{rows}", rows.len());
    greedy.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let cut = (0..100)
        .any(|_| greedy.write_all(request.as_bytes()).is_err_and(|error| error.kind() != ErrorKind::WouldBlock));
    assert!(cut, "a client that reads nothing may stay");
    let metrics = ask(&server, "GET /metrics", "", "").body;
    assert!(metrics.contains("\nmlops_connections 1\n"), "{metrics}");
}

#[test]
fn browsers_are_told_which_pages_may_ask() {
    let sandbox = Sandbox::empty();
    let server = serve(&sandbox, "{cors: ['https://shop.example']}", &[], &[("MLOPS_TOKEN_CI", CI)]);
    let preflight = |origin: &str| {
        let headers = format!(
            "origin: {origin}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n"
        );
        ask(&server, "OPTIONS /predict", &headers, "")
    };
    let told = preflight("https://shop.example");
    assert_eq!((told.status, told.header("access-control-allow-origin")), (204, Some("https://shop.example")));
    assert!(told.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert_eq!(preflight("https://evil.example").header("access-control-allow-origin"), None);
    let shop = format!("origin: https://shop.example\r\n{}", bearer(CI));
    let told = ask(&server, "POST /predict", &shop, ROW);
    assert_eq!((told.status, told.header("access-control-allow-origin")), (200, Some("https://shop.example")));
    assert_eq!(told.header("access-control-allow-credentials"), None);
    let off = serve(&Sandbox::empty(), "", &[], &[]);
    assert_eq!(ask(&off, "POST /predict", &shop, ROW).header("access-control-allow-origin"), None);
}

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let sandbox = Sandbox::empty();
    let server = serve(&sandbox, "{rate: {per_address: 1/h, burst: 3}}", &[], &[]);
    let statuses: Vec<u16> = (0..4)
        .map(|at| ask(&server, "POST /predict", &format!("x-forwarded-for: 192.0.2.{at}\r\n"), ROW).status)
        .collect();
    assert_eq!(statuses, [200, 200, 200, 429], "whoever says to be another is not believed");
    let told = ask(&server, "POST /predict", "", ROW);
    let seconds: u64 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&seconds), "{seconds}");
    assert_eq!(told.reason(), "address_rate");
    assert_eq!(ask(&server, "GET /health", "", "").status, 200);
}

/// Asks over HTTPS, trusting the authority of tests alone.
fn secure(server: &Served, authority: &str) -> Result<(u16, String), String> {
    let pem = std::fs::read(tls(authority)).unwrap();
    let client = reqwest::blocking::Client::builder()
        .tls_built_in_root_certs(false)
        .add_root_certificate(reqwest::Certificate::from_pem(&pem).unwrap())
        .no_proxy()
        .build()
        .unwrap();
    let port = server.address.rsplit(':').next().unwrap();
    let request = client.post(format!("https://localhost:{port}/predict")).header("content-type", "application/json");
    let told = request.bearer_auth(CI).body(ROW).send().map_err(|error| format!("{error:?}"))?;
    Ok((told.status().as_u16(), told.text().unwrap()))
}

#[test]
fn https_is_spoken_with_the_given_certificate() {
    let sandbox = Sandbox::empty();
    for (name, from) in [("c.pem", "server.pem"), ("c.key", "server.key")] {
        sandbox.write_bytes(name, &std::fs::read(tls(from)).unwrap());
    }
    let options = ["--tls-cert", "c.pem", "--tls-key", "c.key", "--read-timeout", "2s"];
    let server = serve(&sandbox, "", &options, &[("MLOPS_TOKEN_CI", CI)]);
    // Those that never shake hands keep nobody waiting.
    let mut stalled: Vec<TcpStream> = (0..20).map(|_| server.connect()).collect();
    stalled[0].write_all(&[0x16, 3, 1, 0, 200, 1]).unwrap();
    let (status, body) = secure(&server, "ca.pem").unwrap();
    assert!(status == 200 && body.contains("prediction"), "{body}");
    let told = ask(&server, "GET /ping", "", "");
    assert!(told.status == 400 && told.body.contains("https"), "{} {}", told.status, told.body);
    for noise in [&b"\x16\x03\x01\xff\xff\xff"[..], b"\0\0\0\0", b"\x16", &[0xff; 70_000]] {
        exchange(&server, noise);
    }
    for stream in &mut stalled {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).ok();
    }
    assert_eq!(secure(&server, "ca.pem").unwrap().0, 200, "it lives on");
    assert_eq!(server.stop().0, Some(0));
}

/// The certificate that a server shows, as PEM without its lines.
fn shown(server: &Served) -> Vec<u8> {
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
    use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::ring};
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(tls("ca.pem")).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(ring::default_provider().into());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let mut client = ClientConnection::new(config.into(), "localhost".try_into().unwrap()).unwrap();
    let mut stream = server.connect();
    while client.is_handshaking() {
        client.complete_io(&mut stream).unwrap();
    }
    client.peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn a_new_certificate_takes_the_place_of_the_old_one() {
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
    let own = |name: &str| CertificateDer::from_pem_file(tls(name)).unwrap().to_vec();
    let sandbox = Sandbox::empty();
    let put = |name: &str, from: &str| sandbox.write_bytes(name, &std::fs::read(tls(from)).unwrap());
    put("certs/c.pem", "server.pem");
    put("certs/c.key", "server.key");
    let server = serve(&sandbox, "{tls: {certificate: certs/c.pem, key: certs/c.key}}", &[], &[]);
    assert_eq!(shown(&server), own("server.pem"));
    // While only one of its files is there, the first one stays.
    put("certs/c.pem", "other.pem");
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(shown(&server), own("server.pem"));
    put("certs/c.key", "other.key");
    while shown(&server) != own("other.pem") {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn certificates_that_cannot_serve_are_refused() {
    let sandbox = Sandbox::empty();
    let model = model("xgb_two");
    sandbox.write("empty", "");
    sandbox.write("encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let run = |certificate: &str, key: &str| {
        sandbox.run(&["serve", "--port", "0", "--model", &model, "--tls-cert", certificate, "--tls-key", key])
    };
    run("gone.pem", &tls("server.key")).refused(1, "gone.pem");
    run("empty", &tls("server.key")).refused(2, "no certificate in `empty`");
    run(&tls("server.pem"), "empty").refused(2, "no private key in `empty`");
    run(&tls("server.key"), &tls("server.pem")).refused(2, "no certificate in");
    run(&tls("server.pem"), &tls("other.key")).refused(2, "is not that of the certificate");
    let encrypted = run(&tls("server.pem"), "encrypted");
    encrypted.refused(2, "no private key in `encrypted`");
    assert!(encrypted.stderr.contains("openssl pkey"), "{}", encrypted.stderr);
    let half = sandbox.run(&["serve", "--model", &model, "--tls-cert", &tls("server.pem")]);
    half.refused(2, "--tls-key");
}
