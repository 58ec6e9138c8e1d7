//! Several models under their names, and loading them anew.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::*;
use crate::fs::{atomic_write_bytes, remove};

const HERE: &str = "127.0.0.1:5";

/// Model files in a folder, served as YAML says.
pub struct Served {
    pub folder: tempfile::TempDir,
    pub app: App,
}

impl Served {
    pub fn start(files: &[(&str, &[u8])], serve: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config: Serve = crate::yaml::parse(serve, "serve.yaml").unwrap().to().unwrap();
        let mut sources = Vec::new();
        for (name, model) in files {
            let path = folder.path().join(format!("{name}.bin"));
            atomic_write_bytes(&path, model).unwrap();
            sources.push(((*name).to_owned(), Source::File { path, shown: format!("{name}.bin") }));
        }
        let models =
            Models::open(sources, &config.routing, config.default.as_ref().map(|name| name.as_str()), Notes::default())
                .unwrap();
        let predictions = config.predictions.as_ref();
        let predictions = predictions.map(|p| PredictionLog::open(p, folder.path().join(&p.path.value)).unwrap());
        let logs = Logs { access: None, predictions };
        let app = App::new(Arc::new(Service::new(models, Settings::default(), logs, Guard::open()).unwrap()));
        Self { folder, app }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn predict(&self, name: &str) -> Told {
        post(&self.app, &format!("/models/{name}/predict"), "application/json", GOOD)
    }

    /// The answer to a request of that id.
    pub fn predict_as(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let mut request = Request::post(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(&self.app, request.body(Body::from(body.to_owned())).unwrap())
    }

    fn reload(&self) -> Told {
        administer(&self.app, Some(HERE), &[])
    }

    /// A line of the metrics that begins so.
    pub fn metric(&self, start: &str) -> String {
        let text = get(&self.app, "/metrics").text;
        let line = text.lines().find(|line| line.starts_with(start));
        line.unwrap_or_else(|| panic!("{start} in\n{text}")).rsplit(' ').next().unwrap().to_owned()
    }
}

fn administer(app: &App, client: Option<&str>, headers: &[(&str, &str)]) -> Told {
    let mut request = Request::post("/admin/reload");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask_from(app, request.body(Body::empty()).unwrap(), client.map(|client| client.parse::<SocketAddr>().unwrap()))
}

fn without_model(told: &Told) -> Json {
    let mut answer = told.json();
    answer.as_object_mut().unwrap().remove("model");
    answer
}

#[test]
fn each_model_answers_under_its_name_and_one_without() {
    let served = Served::start(&[("one", TWO), ("other.v2", THREE)], "{default: other.v2}");
    for (name, model) in [("one", TWO), ("other.v2", THREE)] {
        let alone = app(model, Settings::default());
        let told = served.predict(name);
        assert_eq!((told.status, &told.json()["model"]), (200, &json!(name)));
        assert_eq!(told.headers["x-mlops-model"], name);
        assert_eq!(without_model(&told), without_model(&predict(&alone, GOOD)));
        let under = |path: &str| get(&served.app, &format!("/models/{name}{path}"));
        for path in ["/example_request", "/ping"] {
            assert_eq!(under(path).text, get(&alone, path).text);
        }
        assert_eq!(under("/model_info").json()["fields"], get(&alone, "/model_info").json()["fields"]);
        assert_eq!(under("/health").json()["model"], name);
        let document = under("/openapi.json").json();
        assert_eq!(document["servers"], json!([{ "url": format!("/models/{name}") }]));
        for path in document["paths"].as_object().unwrap().keys() {
            assert_ne!(under(path).status, 404, "{path}");
        }
        let rows = format!(r#"{{"dataframe_records": [{GOOD}]}}"#);
        let told = post(&served.app, &format!("/models/{name}/invocations"), "application/json", rows);
        assert_eq!((told.status, told.headers["x-mlops-model"].to_str().unwrap()), (200, name));
        assert_eq!(told.json()["predictions"][0], served.predict(name).json()["prediction"]);
        let told = post(&served.app, &format!("/models/{name}/explain"), "application/json", GOOD);
        assert_eq!((told.status, &told.json()["model"]), (200, &json!(name)), "{}", told.text);
    }
    assert_eq!(predict(&served.app, GOOD).text, served.predict("other.v2").text);
    let list = get(&served.app, "/models").json();
    assert_eq!(list["default"], "other.v2");
    let names: Vec<&Json> = list["models"].as_array().unwrap().iter().map(|model| &model["name"]).collect();
    assert_eq!(names, ["one", "other.v2"]);
    assert_eq!(list["models"][1]["algorithm"], "xgb");
    assert_eq!(served.metric(r#"mlops_rows_total{name="one",model="one",version="1"}"#), "3");
    assert_eq!(served.metric(r#"mlops_requests_total{endpoint="/predict",status="200"}"#), "6");
}

#[test]
fn an_unknown_name_is_told_and_no_name_leads_out() {
    let served = Served::start(&[("wine", TWO)], "{}");
    let told = served.predict("wnie");
    assert_eq!((told.status, &told.json()["error"]["reason"]), (404, &json!("not_found")));
    assert_eq!(told.json()["error"]["message"], "model `wnie` not found");
    assert!(told.json()["error"]["hint"].as_str().unwrap().contains("did you mean `wine`?"), "{}", told.text);
    for name in ["..", ".", "%2e%2e", "..%2f..%2fetc%2fpasswd", "wine.bin", "wine/..", "wine%00", "", "WINE", "a b%20"]
    {
        let path = format!("/models/{}/predict", name.replace(' ', "%20"));
        let told = post(&served.app, &path, "application/json", GOOD);
        assert_eq!(told.status, 404, "{path}: {}", told.text);
        let shown = told.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(!shown.contains("root"), "{shown}");
    }
    let long = format!("/models/{}/predict", "x".repeat(5000));
    assert!(post(&served.app, &long, "application/json", GOOD).text.len() < 400);
    for name in ["../a", "..", "a/b", "a b", "", ".a", "ä", &"x".repeat(65)] {
        assert!(!crate::config::is_model_name(name), "{name}");
    }
}

#[test]
fn a_new_file_takes_its_place_and_a_bad_one_does_not() {
    let served = Served::start(&[("m", TWO), ("n", THREE)], "{}");
    let before = served.predict("m");
    let reload = |all| served.app.service.models.reload(all).len();
    reload(false);
    assert_eq!(served.metric(r#"mlops_reloads_total{name="m"}"#), "0", "nothing changed");
    for bad in [&b"no model"[..], &TWO[..TWO.len() - 9], &[TWO, b"x"].concat()] {
        atomic_write_bytes(&served.path("m.bin"), bad).unwrap();
        reload(false);
        // It is told once, not at every look.
        reload(false);
        assert_eq!(served.predict("m").text, before.text);
    }
    remove(&served.path("m.bin")).unwrap();
    reload(false);
    reload(false);
    assert_eq!(served.predict("m").text, before.text);
    assert_eq!(served.metric(r#"mlops_reload_failures_total{name="m"}"#), "4");
    let told = served.reload();
    assert_eq!((told.status, &told.json()["models"][0]["status"]), (409, &json!("refused")), "{}", told.text);
    assert_eq!(told.json()["models"][0]["error"], "model file `m.bin` does not exist");
    assert_eq!(told.json()["models"][1]["status"], "loaded");
    assert_eq!(served.metric(r#"mlops_rejections_total{reason="reload"}"#), "1");
    atomic_write_bytes(&served.path("m.bin"), DT).unwrap();
    reload(false);
    assert_ne!(served.predict("m").text, before.text);
    assert_eq!(served.metric(r#"mlops_reloads_total{name="m"}"#), "1");
    assert_eq!(served.reload().status, 200);
    // What the first model has answered is still counted as its own.
    assert!(
        get(&served.app, "/metrics").text.contains(r#"mlops_predictions_total{name="m",model="m",version="1",class="#)
    );
}

#[test]
fn only_programs_on_this_machine_may_administer() {
    let served = Served::start(&[("m", TWO)], "{}");
    for (client, headers, status) in [
        (Some("127.0.0.1:9"), &[][..], 200),
        (Some("[::1]:9"), &[], 200),
        (Some("[::ffff:127.0.0.1]:9"), &[], 200),
        (Some("10.0.0.7:9"), &[], 403),
        (Some("[2001:db8::1]:9"), &[], 403),
        (None, &[], 403),
        // What a proxy or a page on this machine passes on is not of this machine.
        (Some("127.0.0.1:9"), &[("x-forwarded-for", "10.0.0.7")], 403),
        (Some("127.0.0.1:9"), &[("origin", "https://example.org")], 403),
    ] {
        let told = administer(&served.app, client, headers);
        assert_eq!(told.status, status, "{client:?} {headers:?}");
        assert!(status == 200 || told.json()["error"]["reason"] == "forbidden");
    }
}

#[test]
fn no_request_is_lost_or_wrong_while_files_are_swapped() {
    let served = Served::start(&[("m", TWO)], "{}");
    let right = [TWO, DT].map(|model| without_model(&predict(&app(model, Settings::default()), GOOD)));
    assert_ne!(right[0], right[1]);
    let (done, service) = (AtomicBool::new(false), Arc::clone(&served.app.service));
    std::thread::scope(|scope| {
        let hammer = || {
            let mut seen = [0, 0];
            while !done.load(Ordering::Relaxed) {
                let told = served.predict("m");
                assert_eq!(told.status, 200, "{}", told.text);
                let answer = without_model(&told);
                seen[right.iter().position(|right| *right == answer).unwrap_or_else(|| panic!("{answer}"))] += 1;
            }
            seen
        };
        let threads = [scope.spawn(hammer), scope.spawn(hammer)];
        for swap in 0..20 {
            atomic_write_bytes(&served.path("m.bin"), [DT, TWO][swap % 2]).unwrap();
            service.models.reload(false);
            let told = served.predict("m");
            assert_eq!(without_model(&told), right[1 - swap % 2], "what is loaded answers");
        }
        done.store(true, Ordering::Relaxed);
        let seen = threads.map(|thread| thread.join().unwrap());
        assert!(seen.iter().flatten().sum::<i32>() > 0);
    });
    assert_eq!(served.metric(r#"mlops_reloads_total{name="m"}"#), "20");
    assert_eq!(served.metric(r#"mlops_reload_failures_total{name="m"}"#), "0");
}

#[test]
fn a_share_goes_to_the_challenger_and_the_same_key_stays() {
    let routing = "{routing: {
        w: {champion: a, challenger: b, percent: 30},
        h: {champion: a, challenger: b, percent: 30, by: {header: x-user}},
        f: {champion: a, challenger: b, percent: 50, by: {field: c}}}}";
    let served = Served::start(&[("a", TWO), ("b", DT)], routing);
    let by_id = |id: usize| {
        let told = served.predict_as("/predict", &[("x-request-id", &format!("r-{id}"))], GOOD);
        told.headers["x-mlops-model"].to_str().unwrap().to_owned()
    };
    let first: Vec<String> = (0..1000).map(by_id).collect();
    let share = first.iter().filter(|model| *model == "b").count();
    assert!((240..360).contains(&share), "{share}");
    assert_eq!(first[..50], (0..50).map(by_id).collect::<Vec<_>>());
    let by_user = |user: usize, id: usize| {
        let headers = [("x-user", format!("u{user}")), ("x-request-id", id.to_string())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        served.predict_as("/models/h/predict", &headers, GOOD).json()["model"].as_str().unwrap().to_owned()
    };
    let users: Vec<String> = (0..100).map(|user| by_user(user, user)).collect();
    assert_eq!(users, (0..100).map(|user| by_user(user, 1000 + user)).collect::<Vec<_>>());
    assert!(["a", "b"].iter().all(|model| users.contains(&(*model).to_owned())));
    let by_field = |c: f64, a: f64| {
        let json = json!({ "a": a, "b": "u", "c": c });
        let one = served.predict_as("/models/f/predict", &[], &json.to_string()).json()["model"].clone();
        let split = json!({ "dataframe_split": { "columns": ["c", "b", "a"], "data": [[c, "u", a]] } });
        let told = served.predict_as("/models/f/invocations", &[], &split.to_string());
        assert_eq!(told.headers["x-mlops-model"].to_str().unwrap(), one, "however it is written");
        one.as_str().unwrap().to_owned()
    };
    let fields: Vec<String> = (0..100).map(|c| by_field(f64::from(c) / 10.0, 1.0)).collect();
    assert_eq!(fields, (0..100).map(|c| by_field(f64::from(c) / 10.0, 2.0)).collect::<Vec<_>>());
    assert!(["a", "b"].iter().all(|model| fields.contains(&(*model).to_owned())));
    let list = get(&served.app, "/models").json();
    assert_eq!(
        list["models"][0]["routing"],
        json!({"champion": "a", "challenger": "b", "percent": 30.0, "by": "request id"})
    );
    // Each of the two also answers under its own name.
    assert_eq!(served.predict("b").json()["model"], "b");
}

#[test]
fn a_route_by_a_field_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    atomic_write_bytes(&path, TWO).unwrap();
    let source = |name: &str| (name.to_owned(), Source::File { path: path.clone(), shown: "a.bin".to_owned() });
    let config = |by: &str| {
        let text = format!("{{routing: {{w: {{champion: a, challenger: b, percent: 1, by: {by}}}}}}}");
        crate::yaml::parse(&text, "serve.yaml").unwrap().to::<Serve>().unwrap()
    };
    for (by, message) in
        [("{field: d}", "field `d` not found in the model `a`"), ("{header: \"a b\"}", "no name of a header")]
    {
        let refused = Models::open(vec![source("a"), source("b")], &config(by).routing, None, Notes::default());
        let refused = refused.err().unwrap();
        assert!(refused.message().contains(message), "{refused}");
    }
    assert!(Models::open(vec![source("a"), source("a")], &Serve::default().routing, None, Notes::default()).is_err());
    assert!(Models::open(vec![source("a")], &Serve::default().routing, Some("b"), Notes::default()).is_err());
}

#[test]
fn what_answers_another_question_takes_no_place() {
    let served = Served::start(&[("m", TWO)], "models: {m: m.bin}");
    let swapped = |model: &[u8]| {
        atomic_write_bytes(&served.path("m.bin"), model).unwrap();
        served.reload()
    };
    for (model, message) in [(THREE, "it predicts `y` (multiclass)"), (NUMBER, "it predicts `y` (regression)")] {
        let told = swapped(model);
        assert_eq!(told.status, 409, "{}", told.text);
        let error = told.json()["models"][0]["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with(message) && error.ends_with("`m` is served for `y` (binary)"), "{error}");
        assert_eq!(served.predict("m").status, 200);
    }
    assert_eq!(swapped(DT).status, 200);
    let text = get(&served.app, "/metrics").text;
    let series: Vec<&str> = text.lines().filter(|line| line.starts_with("mlops_rows_total{")).collect();
    let names: std::collections::HashSet<&str> = series.iter().map(|line| line.split('}').next().unwrap()).collect();
    assert_eq!(names.len(), series.len(), "{series:?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_model_is_not_waited_for() {
    let served = Served::start(&[("m", TWO)], "models: {m: m.bin}");
    remove(&served.path("m.bin")).unwrap();
    nix::unistd::mkfifo(&served.path("m.bin"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let told = served.reload();
    assert_eq!(told.status, 409);
    assert_eq!(told.json()["models"][0]["error"], "`m.bin` is no file");
    assert_eq!(served.predict("m").status, 200);
}
