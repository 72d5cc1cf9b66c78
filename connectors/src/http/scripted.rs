//! A vendor that does exactly what a test tells it, down to the bytes: it can also hang up.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// The clock of a vendor whose answers are bytes.
pub(crate) const NOON: &str = "Mon, 27 Jul 2026 12:00:00 GMT";

/// What to do with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answer with this status, these header lines and this body.
    Answer(u16, &'static str, String),
    /// Answer at [`NOON`] with this status and a body that need not be text.
    Bytes(u16, Vec<u8>),
    /// Read the request, then hang up without a word.
    HangUp,
    /// Announce a body and hang up in the middle of it.
    BreakOff,
    /// Read the request and stay silent.
    Silence,
}

impl Reply {
    pub(crate) fn ok(body: &str) -> Self {
        Reply::Answer(200, "", body.to_owned())
    }

    pub(crate) fn status(status: u16) -> Self {
        Reply::Answer(status, "", String::new())
    }
}

/// What decides of each request, by its head and body as they came.
type Answering = Box<dyn FnMut(&str) -> Reply + Send>;

/// A server that follows a script; after its end it answers 418.
pub(crate) struct Scripted {
    pub(crate) base_url: Url,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(crate) async fn start(script: Vec<Reply>) -> Self {
        let mut script = script.into_iter();
        Self::answering(move |_| script.next().unwrap_or_else(|| Reply::status(418))).await
    }

    /// A server without a script: it looks at each request, and never ends.
    pub(crate) async fn answering(answer: impl FnMut(&str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let script: Arc<Mutex<Answering>> = Arc::new(Mutex::new(Box::new(answer)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        Self { base_url, requests }
    }

    /// The requests so far: head and body as they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn converse(mut stream: TcpStream, script: Arc<Mutex<Answering>>, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        let reply = (script.lock().unwrap())(&request);
        seen.lock().unwrap().push(request);
        match reply {
            Reply::Answer(status, headers, body) => {
                let length = body.len();
                let text = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}");
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Bytes(status, body) => {
                let length = body.len();
                let head = format!("HTTP/1.1 {status} X\r\ndate: {NOON}\r\ncontent-length: {length}\r\n\r\n");
                if stream.write_all(&[head.as_bytes(), &body].concat()).await.is_err() {
                    return;
                }
            }
            Reply::HangUp => return,
            Reply::BreakOff => {
                let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n{\"half\":").await;
                return;
            }
            Reply::Silence => std::future::pending().await,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse::<usize>().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}
