//! Requests that are ready at the same time, scored as one table.

use tokio::task::JoinSet;

use super::*;

/// Answers in the order of the bodies, all of which are asked at once.
fn ask_at_once(app: &App, bodies: &[(&str, String)]) -> Vec<Told> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut asked = JoinSet::new();
        for (at, (path, body)) in bodies.iter().cloned().enumerate() {
            let app = app.clone();
            let request = Request::post(path).header("content-type", "application/json").body(Body::from(body));
            asked.spawn(async move {
                let (parts, body) = app.respond(request.unwrap(), None).await.into_parts();
                let bytes = to_bytes(body, usize::MAX).await.unwrap();
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                (at, Told { status: parts.status.as_u16(), headers: parts.headers, text })
            });
        }
        let mut all = asked.join_all().await;
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, told)| told).collect()
    })
}

/// Rows of all sorts: that fit, that do not, several, none, and no rows at all.
fn bodies() -> Vec<(&'static str, String)> {
    let row = |i: usize| format!(r#"{{"b": "{}", "a": {}, "c": {}}}"#, ["u", "v", "w"][i % 3], i % 4, i % 9);
    let mut bodies = Vec::new();
    for i in 0..90 {
        bodies.push(match i % 10 {
            0 => ("/predict", format!("[{}, {}, {}]", row(i), row(i + 1), row(i + 2))),
            1 => ("/predict", r#"{"a": 1, "b": "x", "c": "much", "d": 1}"#.to_owned()),
            2 => ("/predict", format!(r#"[{}, {{"a": 99, "b": "u"}}, {}]"#, row(i), row(i + 1))),
            3 => ("/predict", format!(r#"[{}, {{"a": 1, "b": "#, row(i))),
            4 => ("/predict", r#"{"a": 1, "a": 2, "b": "u"}"#.to_owned()),
            5 => ("/predict", "[]".to_owned()),
            6 => ("/invocations", format!(r#"{{"dataframe_records": [{}]}}"#, row(i))),
            7 => ("/invocations", r#"{"instances": [[1, "u", "much"]]}"#.to_owned()),
            _ => ("/predict", row(i)),
        });
    }
    bodies
}

#[test]
fn each_gets_the_answer_that_it_gets_alone() {
    for model in [TWO, THREE, NUMBER, KNN] {
        for lenient in [false, true] {
            let app = app(model, Settings { lenient, ..Settings::default() });
            let bodies = bodies();
            let alone: Vec<Told> =
                bodies.iter().map(|(path, body)| post(&app, path, "application/json", body.clone())).collect();
            let together = ask_at_once(&app, &bodies);
            for ((alone, together), (_, body)) in alone.iter().zip(&together).zip(&bodies) {
                assert_eq!((alone.status, &alone.text), (together.status, &together.text), "{body}");
            }
            assert!(alone.iter().filter(|told| told.status == 200).count() >= 27);
            assert!(alone.iter().filter(|told| told.status == 422).count() >= 9);
        }
    }
}

#[test]
fn they_are_scored_as_few_tables() {
    let app = app(TWO, Settings::default());
    let tables = |app: &App| {
        let text = get(app, "/metrics").text;
        let line = text.lines().find(|line| line.starts_with("mlops_tables_scored_total")).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()
    };
    assert_eq!(tables(&app), 0);
    predict(&app, GOOD);
    assert_eq!(tables(&app), 1);
    let bodies: Vec<_> = (0..30).map(|_| ("/predict", GOOD.to_owned())).collect();
    assert!(ask_at_once(&app, &bodies).iter().all(|told| told.status == 200));
    assert!(tables(&app) <= 3, "{}", tables(&app));
}

#[test]
fn rows_too_many_are_counted_by_request() {
    let mut settings = Settings::default();
    settings.limits.rows = 2;
    let app = app(TWO, settings);
    let of = |rows: usize| ("/predict", format!("[{}]", vec![GOOD; rows].join(", ")));
    let told = ask_at_once(&app, &[of(2), of(3), of(1), of(2)]);
    assert_eq!(told.iter().map(|told| told.status).collect::<Vec<_>>(), [200, 413, 200, 200]);
}
