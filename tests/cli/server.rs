//! A web server on the loopback that behaves as told: well, slowly, or badly.
#![allow(dead_code, reason = "shared by several tests, and each uses its part")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a request is answered with. `body` is that of the server, unless said otherwise.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The whole body, whatever range was asked for.
    Ok,
    /// The whole body or the range asked for, by the rules of `Range` and `If-Range`.
    Ranges,
    /// As `Ranges`, but with another body (the file has changed, or is another one).
    Other(Vec<u8>),
    /// As `Ranges`, but the connection ends after so many bytes of what was announced.
    Cut(usize),
    /// As `Ranges`, but after so many bytes nothing comes any more and the connection stays open.
    Stall(usize),
    /// As `Ranges`, in pieces of so many bytes with a pause before each.
    Slow(usize, Duration),
    /// As `Ok`, without saying how long it is.
    NoLength,
    /// A redirect to an address or path.
    Redirect(String),
    /// An error status with further header lines, such as `"Retry-After: 1"`.
    Status(u16, &'static str),
    /// Bytes that are no HTTP at all.
    Garbage,
    /// The connection is closed without an answer.
    Close,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Path and query; the whole address where the server is used as a proxy.
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

struct State {
    body: Vec<u8>,
    replies: Vec<Reply>,
    requests: Mutex<Vec<Request>>,
    ended: AtomicBool,
}

/// A server on a free port of the loopback; it ends with the value.
pub struct TestServer {
    address: SocketAddr,
    state: Arc<State>,
}

impl TestServer {
    /// A server of one body. The first request gets the first reply, and so on; the last one is for all that follow.
    pub fn start(body: impl Into<Vec<u8>>, replies: impl Into<Vec<Reply>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            body: body.into(),
            replies: replies.into(),
            requests: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle is part of the play.
                std::thread::spawn(move || shared.serve(stream).ok());
            }
        });
        Self { address, state }
    }

    /// The address of a path such as `/adult.csv`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap().clone()
    }

    /// An address of the loopback where nobody listens.
    pub fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/x.csv", listener.local_addr().unwrap())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        // Wakes the listener.
        TcpStream::connect(self.address).ok();
    }
}

/// A tag that changes with the body.
pub fn etag(body: &[u8]) -> String {
    let sum = body.iter().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    format!("\"{}-{sum:x}\"", body.len())
}

impl State {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let Some(request) = read_request(&stream)? else { return Ok(()) };
        let reply = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(request.clone());
            let at = (requests.len() - 1).min(self.replies.len() - 1);
            self.replies[at].clone()
        };
        let mut stream = stream;
        match &reply {
            Reply::Ok => send(&mut stream, "200 OK", &self.whole(&self.body), &self.body),
            Reply::NoLength => send(&mut stream, "200 OK", "", &self.body),
            Reply::Redirect(to) => {
                send(&mut stream, "302 Found", &format!("Location: {to}\r\nContent-Length: 0\r\n"), b"")
            }
            Reply::Status(code, headers) => {
                let more = if headers.is_empty() { String::new() } else { format!("{headers}\r\n") };
                send(&mut stream, &format!("{code} Told"), &format!("{more}Content-Length: 5\r\n"), b"no :(")
            }
            Reply::Garbage => stream.write_all(b"\x00\x01\x02 this is no HTTP\r\n\r\n"),
            Reply::Close => Ok(()),
            Reply::Other(body) => self.ranged(&mut stream, &request, body, &reply),
            _ => self.ranged(&mut stream, &request, &self.body, &reply),
        }
    }

    fn whole(&self, body: &[u8]) -> String {
        format!("Content-Length: {}\r\nETag: {}\r\n", body.len(), etag(body))
    }

    fn ranged(&self, stream: &mut TcpStream, request: &Request, body: &[u8], reply: &Reply) -> std::io::Result<()> {
        let same = request.header("If-Range").is_none_or(|tag| tag == etag(body));
        let from = request
            .header("Range")
            .filter(|_| same)
            .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
        let (status, headers, part) = match from {
            Some(from) if from >= body.len() => {
                let headers = format!("Content-Range: bytes */{}\r\nContent-Length: 0\r\n", body.len());
                ("416 Range Not Satisfiable", headers, &body[..0])
            }
            Some(from) => {
                let part = &body[from..];
                let range = format!("Content-Range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
                let headers = format!("{range}Content-Length: {}\r\nETag: {}\r\n", part.len(), etag(body));
                ("206 Partial Content", headers, part)
            }
            None => ("200 OK", format!("{}Accept-Ranges: bytes\r\n", self.whole(body)), body),
        };
        match reply {
            Reply::Cut(bytes) => send(stream, status, &headers, &part[..part.len().min(*bytes)]),
            Reply::Stall(bytes) => {
                send(stream, status, &headers, &part[..part.len().min(*bytes)])?;
                while !self.ended.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(())
            }
            Reply::Slow(bytes, pause) => {
                send(stream, status, &headers, b"")?;
                for piece in part.chunks(*bytes) {
                    std::thread::sleep(*pause);
                    stream.write_all(piece)?;
                }
                Ok(())
            }
            _ => send(stream, status, &headers, part),
        }
    }
}

/// Method, path and headers; none where the connection ends before.
fn read_request(stream: &TcpStream) -> std::io::Result<Option<Request>> {
    let mut lines = BufReader::new(stream).lines();
    let Some(first) = lines.next().transpose()? else { return Ok(None) };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(Some(Request { method, path, headers }))
}

fn send(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    stream.write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}
