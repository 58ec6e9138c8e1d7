//! A server of the same libraries that answers every body with the same bytes: what benches/serve.py measures against.
//! `constant PORT BYTES`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement stops where it fails")]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::post;
use http_body_util::BodyExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;

fn main() {
    // `cargo bench` and `cargo test` call it with flags of their own.
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let (Some(port), Some(bytes)) = (arguments.next(), arguments.next()) else { return };
    let answer = Bytes::from(vec![b' '; bytes]);
    let respond = async move |request: Request| {
        request.into_body().collect().await.unwrap();
        Body::from(answer.clone())
    };
    let router = TowerToHyperService::new(Router::new().route("/predict", post(respond)));
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port as u16)).await.unwrap();
        println!("http://127.0.0.1:{port}");
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let connection =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), router.clone());
            tokio::spawn(async move { connection.await.unwrap_or_default() });
        }
    });
}
