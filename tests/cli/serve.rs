//! `serve`: the real server on a port of its own, asked over sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, from_csv, generated_project};

/// A server at work; dropped, it is killed.
pub struct Served {
    child: Child,
    out: BufReader<ChildStdout>,
    pub address: String,
}

impl Served {
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::of(sandbox.command(&[&["serve", "--port", "0"], arguments].concat()).stderr(Stdio::piped()))
    }

    /// Of a command; where it fails, its stderr is told if that is piped.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address =
            line.split_once("://").and_then(|(_, rest)| rest.split(['"', '\n']).next()).unwrap_or_default().to_owned();
        if address.is_empty() {
            let mut said = String::new();
            child.stderr.take().map(|mut err| err.read_to_string(&mut said));
            panic!("no address: {line}{said}");
        }
        Self { child, out, address }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = self.connect();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        answer(&mut stream)
    }

    /// Asks it to end, and says how it did.
    pub fn stop(self) -> (Option<i32>, String) {
        signal(&self.child);
        self.ended()
    }

    /// Waits for it to end, and says how it did.
    fn ended(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn signal(child: &Child) {
    send(child, Signal::SIGTERM);
}

fn send(child: &Child, signal: Signal) {
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, signal).unwrap();
}

/// Status and body of an answer after which the connection ends.
fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    (status.parse().unwrap_or_else(|_| panic!("{text:?}")), body.to_owned())
}

/// Rows of a CSV as JSON: numbers where the model says so, and null where nothing stands.
fn records(csv: &str, info: &Json) -> Vec<Json> {
    let (header, rows) = from_csv(csv);
    let kind = |name: &str| {
        let fields = info["fields"].as_array().unwrap();
        fields.iter().find(|field| field["name"] == name).map(|field| field["type"].as_str().unwrap().to_owned())
    };
    let value = |name: &str, text: &str| match kind(name).as_deref() {
        _ if text.is_empty() || text == "NA" => Json::Null,
        Some("number" | "integer") => serde_json::from_str(text).unwrap(),
        _ => text.into(),
    };
    let row =
        |row: &Vec<String>| header.iter().zip(row).map(|(name, text)| (name.clone(), value(name, text))).collect();
    rows.iter().map(row).map(Json::Object).collect()
}

#[test]
fn every_row_is_answered_over_http_as_predict_answers_it() {
    for (task, model) in [("binary", "xgb"), ("multiclass", "lr"), ("regression", "rf")] {
        let project = generated_project(task);
        project.stages("train");
        let model = if task == "regression" && model == "lr" { "ridge" } else { model };
        let model = format!("models/{model}_table_v1.bin");
        let raw = project.read("data/raw/table_raw_20240131.csv");
        let predicted = project.ok(&["predict", "--input", "data/raw/table_raw_20240131.csv", "--model", &model]);
        let (header, expected) = from_csv(&predicted.stdout);
        // Without a project, too: the model file has all there is to know.
        let bare = Sandbox::empty();
        let file = project.path(&model);
        let server = Served::start(&bare, &["--lenient", "--model", file.to_str().unwrap()]);
        let info: Json = serde_json::from_str(&server.ask("GET", "/model_info", "").1).unwrap();
        let records = records(&raw, &info);
        let (status, body) = server.ask("POST", "/predict", &Json::from(records.clone()).to_string());
        assert_eq!(status, 200, "{body}");
        let answers: Json = serde_json::from_str(&body).unwrap();
        let answers = answers["predictions"].as_array().unwrap();
        assert_eq!((answers.len(), expected.len()), (400, 400));
        let same = |answer: &Json, expected: &[String]| {
            for (name, text) in header.iter().zip(expected) {
                if let Some(class) = name.strip_prefix("probability_") {
                    assert_eq!(answer["probabilities"][class].as_f64(), text.parse().ok(), "{name}");
                } else if name == "prediction" {
                    match &answer["prediction"] {
                        Json::String(label) => assert_eq!(label, text),
                        number => assert_eq!(number.as_f64(), text.parse().ok()),
                    }
                }
            }
        };
        answers.iter().zip(&expected).for_each(|(answer, expected)| same(answer, expected));
        let one = server.ask("POST", "/predict", &records[7].to_string());
        same(&serde_json::from_str(&one.1).unwrap(), &expected[7]);
        let split = json!({ "dataframe_records": records });
        let mlflow: Json = serde_json::from_str(&server.ask("POST", "/invocations", &split.to_string()).1).unwrap();
        let labels: Vec<&Json> = answers.iter().map(|answer| &answer["prediction"]).collect();
        assert_eq!(json!(labels), mlflow["predictions"]);
        assert_eq!(server.stop(), (Some(0), String::new()));
    }
}

#[test]
fn what_was_accepted_is_answered_before_it_ends() {
    let project = generated_project("binary");
    project.stages("train");
    let server = Served::start(&project, &["--model", "models/dt_table_v1.bin", "--access-log", "access.jsonl"]);
    let (_, example) = server.ask("GET", "/example_request?token=secret", "");
    let (mut half, idle) = (server.connect(), server.connect());
    let head =
        format!("POST /predict HTTP/1.1\r\nhost: x\r\nx-request-id: half\r\ncontent-length: {}\r\n\r\n", example.len());
    half.write_all(head.as_bytes()).unwrap();
    half.write_all(&example.as_bytes()[..9]).unwrap();
    // An answer on another connection: what was sent before has come by now.
    assert_eq!(server.ask("GET", "/ping", ""), (200, "\n".to_owned()));
    std::thread::sleep(Duration::from_millis(200));
    signal(&server.child);
    let address = server.address.clone();
    while TcpStream::connect(&address).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    half.write_all(&example.as_bytes()[9..]).unwrap();
    let (status, body) = answer(&mut half);
    assert_eq!(status, 200, "{body}");
    drop(idle);
    assert_eq!(server.ended().0, Some(0));
    let log = project.read("access.jsonl");
    let last: Json = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!((&last["id"], &last["status"], &last["client"]), (&json!("half"), &json!(200), &json!("127.0.0.1")));
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn who_goes_away_is_not_waited_for() {
    let project = generated_project("binary");
    project.stages("train");
    let server = Served::start(&project, &["--model", "models/xgb_table_v1.bin", "--max-connections", "1"]);
    let (_, example) = server.ask("GET", "/example_request", "");
    let body = format!("[{}]", vec![example.trim(); 20_000].join(","));
    let mut leaves = server.connect();
    write!(leaves, "POST /explain HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    drop(leaves);
    // There is room for one, and it is made long before that answer would be.
    let (status, metrics) = server.ask("GET", "/metrics", "");
    assert_eq!(status, 200);
    assert!(metrics.contains("mlops_requests_in_flight 1\n"), "{metrics}");
    assert!(!metrics.contains("endpoint=\"/explain\",status="), "{metrics}");
}

#[test]
fn who_ends_right_after_small_questions_or_in_the_middle_of_one_is_answered() {
    let project = generated_project("binary");
    project.stages("train");
    let server = Served::start(&project, &["--model", "models/dt_table_v1.bin"]);
    let (_, example) = server.ask("GET", "/example_request", "");
    let statuses = |sent: String| {
        let mut stream = server.connect();
        stream.write_all(sent.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let answers = text.split("HTTP/1.1 ").skip(1);
        answers.map(|answer| answer[..3].to_owned()).collect::<Vec<_>>()
    };
    let length = example.len();
    let whole = format!("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{example}");
    assert_eq!(statuses(whole.repeat(5)), ["200"; 5]);
    assert_eq!(statuses(format!("{whole}{}", &whole[..whole.len() - 1])), ["200", "400"]);
    let chunks: String = example.bytes().map(|byte| format!("1\r\n{}\r\n", char::from(byte))).collect();
    let head = "POST /predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(statuses(format!("{head}{chunks}0\r\n\r\n")), ["200"]);
    assert_eq!(statuses(format!("{head}{chunks}")), ["400"]);
}

#[test]
fn whom_the_system_let_in_before_the_end_is_answered() {
    let project = generated_project("binary");
    project.stages("train");
    for _ in 0..5 {
        let server = Served::start(&project, &["--model", "models/dt_table_v1.bin"]);
        // The system takes connections though nobody accepts them.
        send(&server.child, Signal::SIGSTOP);
        let mut clients: Vec<TcpStream> = (0..8).map(|_| server.connect()).collect();
        for client in &mut clients {
            client.write_all(b"GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        }
        signal(&server.child);
        send(&server.child, Signal::SIGCONT);
        for client in &mut clients {
            assert_eq!(answer(client).0, 200);
        }
        assert_eq!(server.ended().0, Some(0));
    }
}

#[test]
fn slow_and_hostile_clients_are_sent_away() {
    let project = generated_project("binary");
    project.stages("train");
    let options = ["--model", "models/dt_table_v1.bin", "--read-timeout", "300ms", "--max-body", "1000"];
    let server = Served::start(&project, &options);
    let exchange = |sent: &[u8]| {
        let mut stream = server.connect();
        stream.write_all(sent).unwrap();
        let mut text = Vec::new();
        // A connection may be reset where the rest of what was sent is not wanted.
        stream.read_to_end(&mut text).ok();
        String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned()
    };
    let headers = |count: usize| (0..count).map(|at| format!("x-{at}: y\r\n")).collect::<String>();
    let bomb = format!("GET /ping HTTP/1.1\r\nhost: x\r\n{}\r\n", headers(1000));
    let long = format!("GET /ping HTTP/1.1\r\nhost: x\r\nx-a: {}\r\n\r\n", "y".repeat(100_000));
    for (sent, status) in [
        // The head never ends, and the body never comes.
        ("GET /ping HTTP/1.1\r\nhost: x\r\n", ""),
        ("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{", "HTTP/1.1 408"),
        ("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\n\r\n", "HTTP/1.1 413"),
        ("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", "HTTP/1.1 400"),
        (&bomb, "HTTP/1.1 431"),
        (&long, "HTTP/1.1 431"),
        ("\0\0\0\0\r\n\r\n", "HTTP/1.1 400"),
    ] {
        let found = exchange(sent.as_bytes());
        assert!(found.starts_with(status) && found.is_empty() == status.is_empty(), "{found}: {sent:.80}");
    }
    assert_eq!(server.ask("GET", "/ping", "").0, 200, "it lives on");
}

#[test]
fn wrong_options_and_models_are_refused() {
    let project = Sandbox::empty();
    project.write("x.bin", "no model");
    project.run(&["serve"]).refused(2, "no project in");
    project.run(&["serve", "--model", "gone.bin"]).refused(3, "model file `gone.bin` does not exist");
    project.run(&["serve", "--model", "x.bin"]).refused(3, "`x.bin`");
    project.run(&["serve", "--model", "x.bin", "--port", "70000"]).refused(2, "70000");
    project.write("ml/model/notes.txt", "");
    project.run(&["serve", "--sagemaker", "--sagemaker-root", "ml"]).refused(2, "no model file in `ml/model`");
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/model/dt_two");
    let seed = seed.to_str().unwrap();
    project.run(&["serve", "--model", seed, "--host", "256.1.1.1"]).refused(1, "cannot listen on `256.1.1.1`");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = project.run(&["serve", "--model", seed, "--port", &port]);
    refused.refused(1, "cannot listen on `127.0.0.1`");
    assert!(refused.stderr.contains("another program listens there"), "{}", refused.stderr);
}

#[test]
fn a_container_trains_serves_and_tells_why_it_fails() {
    let project = generated_project("binary");
    let table = project.read("data/external/table.csv");
    let container = Sandbox::empty();
    container.write("ml/input/data/training/table.csv", &table);
    let parameters = |json: Json| container.write("ml/input/config/hyperparameters.json", &json.to_string());
    for (given, code, message) in [
        (json!({ "targt": "y" }), 2, "unknown hyperparameter `targt`"),
        (json!({ "target": "z" }), 3, "column `z` not found"),
        (json!({ "target": "y", "train.fold": "3" }), 2, "fold"),
    ] {
        parameters(given);
        let ran = container.run(&["sagemaker", "train", "--root", "ml"]);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        let failure = container.read("ml/output/failure");
        assert!(failure.contains(message), "{failure}");
    }
    parameters(json!({
        "target": "y", "train.folds": "2", "train.algorithms": "{baseline: {}, dt: {max_depth: 2}}", "sagemaker_region": "x",
    }));
    let ran = container.run(&["sagemaker", "train", "--root", "ml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let names: Vec<String> = container.files("ml/model").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["ml/model/dt_table_v1.bin"]);
    let server = Served::start(&container, &["--sagemaker", "--sagemaker-root", "ml", "--host", "127.0.0.1"]);
    assert_eq!(server.ask("GET", "/ping", "").0, 200);
    let (_, example) = server.ask("GET", "/example_request", "");
    let (status, body) = server.ask("POST", "/invocations", &format!("{{\"instances\": [{example}]}}"));
    assert_eq!(status, 200, "{body}");
    assert_eq!(server.stop().0, Some(0), "SIGTERM ends it well");
}
