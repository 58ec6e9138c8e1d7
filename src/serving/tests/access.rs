//! Who may ask for what.

use serde_json::json;

use super::*;
use crate::config::Access;
use crate::serving::guard::Tokens;

const CI: &str = "ci-0123456789abcdef";
const OPS: &str = "ops-0123456789abcdef";

/// An app with that section `serve.access`, and with tokens or without.
fn with(access: &str, tokens: &[(&str, &str)]) -> App {
    let access: Access = crate::yaml::parse(access, "configs/serve.yaml").unwrap().to().unwrap();
    let variables = tokens.iter().map(|(name, value)| (name.into(), value.into()));
    let tokens = Tokens::new(&access.tokens, variables).unwrap();
    guarded(TWO, Settings::default(), Guard::new(&access, tokens))
}

fn two_tokens(access: &str) -> App {
    with(access, &[("MLOPS_TOKEN_CI", CI), ("MLOPS_ADMIN_TOKEN_OPS", OPS)])
}

/// GET, or POST where it is a path that takes rows.
fn request(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let builder = match path {
        "/predict" | "/invocations" | "/admin/reload" => Request::post(path),
        _ => Request::get(path),
    };
    let builder = builder.header("content-type", "application/json");
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    let body = if path == "/invocations" { format!(r#"{{"instances": [{GOOD}]}}"#) } else { GOOD.to_owned() };
    builder.body(body.into()).unwrap()
}

fn peer(address: &str) -> Option<SocketAddr> {
    Some(SocketAddr::new(address.parse().unwrap(), 9))
}

fn bearer(app: &App, path: &str, token: &str) -> Told {
    ask(app, request(path, &[("authorization", &format!("Bearer {token}"))]))
}

#[test]
fn each_path_asks_for_its_scope() {
    let app = two_tokens("{}");
    for (path, none, ci, ops) in [
        ("/predict", 401, 200, 200),
        ("/invocations", 401, 200, 200),
        ("/model_info", 401, 200, 200),
        ("/openapi.json", 401, 200, 200),
        ("/metrics", 401, 200, 200),
        ("/nothing", 401, 404, 404),
        ("/", 401, 200, 200),
        ("/docs", 401, 200, 200),
        ("/admin/nothing", 401, 403, 404),
        ("/models", 401, 200, 200),
        ("/models/m_two_v1/model_info", 401, 200, 200),
        ("/models/m_two_v1/predict", 401, 405, 405),
        ("/models/gone/model_info", 401, 404, 404),
        ("/models/m_two_v1/health", 200, 200, 200),
        ("/health", 200, 200, 200),
        ("/ping", 200, 200, 200),
    ] {
        assert_eq!(ask(&app, request(path, &[])).status, none, "{path}");
        assert_eq!(bearer(&app, path, CI).status, ci, "{path}");
        assert_eq!(bearer(&app, path, OPS).status, ops, "{path}");
        assert_eq!(bearer(&app, path, "ci-0123456789abcdeg").status, none, "{path}");
    }
    let narrow = with("tokens: [{name: prom, env: PROM, scopes: [metrics]}]\npublic: [/version]", &[("PROM", CI)]);
    let status = |path: &str| bearer(&narrow, path, CI).status;
    assert_eq!((status("/metrics"), status("/predict"), status("/health"), status("/version")), (200, 403, 403, 200));
    assert_eq!(ask(&narrow, request("/version", &[])).status, 200);
}

#[test]
fn refusals_say_what_is_asked_for_and_never_what_was_sent() {
    let app = two_tokens("{}");
    let none = ask(&app, request("/predict", &[]));
    assert_eq!(none.headers["www-authenticate"], "Bearer realm=\"mlops\"");
    assert_eq!(none.json()["error"]["reason"], "no_token");
    let wrong = bearer(&app, "/predict", "guessed-0123456789");
    assert!(wrong.headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    assert_eq!(wrong.json()["error"]["reason"], "wrong_token");
    assert!(!wrong.text.contains("guessed"), "{}", wrong.text);
    let forbidden = bearer(&app, "/admin/reload", CI);
    assert_eq!((forbidden.status, &forbidden.json()["error"]["reason"]), (403, &json!("forbidden")));
    assert!(forbidden.text.contains("`ci` has not the scope `admin`"), "{}", forbidden.text);
    let mlflow = ask(&app, request("/invocations", &[])).json();
    assert_eq!(mlflow["error_code"], "UNAUTHENTICATED");
    let counts = bearer(&app, "/metrics", CI).text;
    for line in [
        r#"mlops_rejections_total{reason="no_token"} 2"#,
        r#"mlops_rejections_total{reason="wrong_token"} 1"#,
        r#"mlops_rejections_total{reason="forbidden"} 1"#,
        r#"mlops_requests_total{endpoint="/predict",status="401"} 2"#,
    ] {
        assert!(counts.lines().any(|found| found == line), "{line} in\n{counts}");
    }
}

#[test]
fn without_tokens_only_this_machine_itself_is_admin() {
    let app = with("{}", &[]);
    let status = |client: &str, headers: &[(&str, &str)]| {
        ask_from(&app, request("/admin/nothing", headers), peer(client)).status
    };
    for (client, headers, expected) in [
        ("127.0.0.1", &[][..], 404),
        ("::1", &[("host", "localhost:8000")], 404),
        ("::ffff:127.0.0.1", &[("host", "127.0.0.1:8000")], 404),
        ("192.0.2.1", &[], 403),
        // A proxy on this machine, a page in its browser, and a name that somebody's server of names says is here.
        ("127.0.0.1", &[("x-forwarded-for", "192.0.2.1")], 403),
        ("127.0.0.1", &[("origin", "https://evil.example")], 403),
        ("127.0.0.1", &[("host", "evil.example:8000")], 403),
    ] {
        assert_eq!(status(client, headers), expected, "{client} {headers:?}");
    }
    assert_eq!(ask_from(&app, request("/predict", &[]), peer("192.0.2.1")).status, 200, "the rest is open");
}

#[test]
fn pages_of_named_origins_may_ask_and_no_others() {
    const SHOP: (&str, &str) = ("origin", "https://shop.example");
    const EVIL: (&str, &str) = ("origin", "https://evil.example");
    let allowed = |told: &Told| told.headers.get("access-control-allow-origin").map(|v| v.to_str().unwrap().to_owned());
    let preflight = |app: &App, path: &str, origin: (&str, &str)| {
        let request = Request::options(path).header(origin.0, origin.1).header("access-control-request-method", "POST");
        ask(app, request.body(Body::empty()).unwrap())
    };
    let off = with("{}", &[]);
    let told = ask(&off, request("/predict", &[SHOP]));
    assert_eq!((told.status, allowed(&told), told.headers.get("vary")), (200, None, None));
    assert_eq!(preflight(&off, "/predict", SHOP).status, 405);

    let named = two_tokens("cors: ['https://shop.example', 'http://localhost:3000']");
    let told = preflight(&named, "/predict", SHOP);
    assert_eq!((told.status, allowed(&told).as_deref()), (204, Some("https://shop.example")));
    assert_eq!(told.headers["access-control-allow-headers"], "authorization, content-type, x-request-id");
    assert_eq!(told.headers["vary"], "origin");
    let told = ask(&named, request("/predict", &[SHOP]));
    assert_eq!((told.status, allowed(&told).as_deref()), (401, Some("https://shop.example")), "it reads the refusal");
    for told in [
        preflight(&named, "/predict", EVIL),
        preflight(&named, "/predict", ("origin", "https://shop.example.evil.example")),
        preflight(&named, "/predict", ("origin", "null")),
        preflight(&named, "/admin/reload", SHOP),
        ask(&named, request("/predict", &[EVIL])),
        ask(&named, request("/health", &[EVIL])),
    ] {
        assert_eq!(allowed(&told), None, "{} {}", told.status, told.text);
        assert_eq!(told.headers["vary"], "origin");
    }

    let any = with("cors: ['*']", &[]);
    let told = ask(&any, request("/predict", &[EVIL]));
    assert_eq!((told.status, allowed(&told).as_deref()), (200, Some("*")));
    assert!(told.headers.get("access-control-allow-credentials").is_none());
    assert_eq!(allowed(&ask(&any, request("/predict", &[]))), None);
}

#[test]
fn who_asks_too_often_waits() {
    let app = two_tokens("rate: {per_token: 1/h, per_address: 2/h, burst: 3}\ntrusted_proxies: [10.0.0.1]");
    let authorization = ("authorization", &*format!("Bearer {CI}"));
    let status = |client: &str, headers: &[(&str, &str)]| {
        let told = ask_from(&app, request("/predict", headers), peer(client));
        let again = told.headers.get("retry-after").map(|seconds| seconds.to_str().unwrap().parse::<u64>().unwrap());
        (told.status, again.is_some_and(|seconds| (1..=3600).contains(&seconds)), told.text)
    };
    // Guessing counts, too.
    for expected in [401, 401, 401, 429, 429] {
        assert_eq!(status("192.0.2.1", &[]).0, expected);
    }
    assert!(status("192.0.2.1", &[authorization]).2.contains("address_rate"));
    for expected in [(200, false), (200, false), (200, false), (429, true)] {
        let (status, again, text) = status("192.0.2.2", &[authorization]);
        assert_eq!((status, again), expected, "{text}");
    }
    let told = status("192.0.2.3", &[authorization]);
    assert!(told.0 == 429 && told.2.contains("token_rate"), "its token has asked from elsewhere: {told:?}");
    // Behind a trusted proxy each client counts by itself; what another says is not believed.
    assert_eq!(status("10.0.0.1", &[("x-forwarded-for", "192.0.2.1")]).0, 429);
    assert_eq!(status("10.0.0.1", &[("x-forwarded-for", "192.0.2.77")]).0, 401);
    assert_eq!(status("192.0.2.1", &[("x-forwarded-for", "192.0.2.78")]).0, 429);
    assert_eq!(ask_from(&app, request("/health", &[]), peer("192.0.2.1")).status, 200, "probes are not counted");
    let mlflow = ask_from(&app, request("/invocations", &[]), peer("192.0.2.1")).json();
    assert_eq!(mlflow["error_code"], "REQUEST_LIMIT_EXCEEDED");
    let counts =
        ask_from(&app, request("/metrics", &[("authorization", &format!("Bearer {OPS}"))]), peer("192.0.2.50"));
    for line in [
        r#"mlops_rejections_total{reason="address_rate"} 7"#,
        r#"mlops_rejections_total{reason="token_rate"} 1"#,
        r#"mlops_requests_total{endpoint="/invocations",status="429"} 1"#,
    ] {
        assert!(counts.text.lines().any(|found| found == line), "{line} in\n{}", counts.text);
    }
}

#[test]
fn openapi_tells_of_tokens_and_rates_where_there_are_any() {
    let open = get(&with("{}", &[]), "/openapi.json").json();
    assert!(open["components"].get("securitySchemes").is_none() && open.get("security").is_none());
    assert!(open["paths"]["/predict"]["post"]["responses"].get("401").is_none());
    let app = two_tokens("rate: {per_token: 100/s}");
    let told = bearer(&app, "/openapi.json", CI).json();
    assert_eq!(told["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert_eq!(told["security"], json!([{ "token": [] }]));
    assert_eq!(told["paths"]["/health"]["get"]["security"], json!([]));
    for status in ["401", "403", "429"] {
        assert!(told["paths"]["/predict"]["post"]["responses"].get(status).is_some(), "{status}");
        assert!(told["paths"]["/metrics"]["get"]["responses"].get(status).is_some(), "{status}");
        assert!(told["paths"]["/health"]["get"]["responses"].get(status).is_none(), "{status}");
    }
    let schema = &told["paths"]["/invocations"]["post"]["responses"]["401"]["content"]["application/json"]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/MlflowRefusal");
    let reasons = &told["components"]["schemas"]["Refusal"]["properties"]["error"]["properties"]["reason"]["enum"];
    assert!(reasons.as_array().unwrap().contains(&json!("wrong_token")));
}
