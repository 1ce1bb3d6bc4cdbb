//! Deliveries to receivers on loopback that speak raw bytes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use greenroom_domain::{AccountId, Entropy, EventId, EventKind, RoomId, SessionId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::*;
use crate::network::NetworkPolicy;

#[derive(Debug)]
struct StandingClock(AtomicI64);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst))
    }
}

struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

/// Names and what they resolve to; what was asked for.
#[derive(Default)]
struct Names {
    addresses: Vec<IpAddr>,
    asked: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Resolve for Names {
    async fn resolve(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(name.to_owned());
        Ok(self.addresses.clone())
    }
}

fn event() -> Event {
    let id = Uuid::from_u128(1);
    Event {
        id: EventId::from_uuid(id),
        room_id: RoomId::from_uuid(id),
        account_id: AccountId::from_uuid(id),
        session_id: SessionId::from_uuid(id),
        occurred_at: Timestamp::from_unix_secs(1_619_352_000),
        kind: EventKind::SessionStarted,
    }
}

fn sender_by(policy: NetworkPolicy, names: Arc<Names>) -> Sender {
    Sender::new(
        Dialer::new(policy, names).unwrap(),
        Arc::new(WebhookKey::generate(&Fixed).unwrap()),
        Arc::new(StandingClock(AtomicI64::new(1_619_352_000_000_000))),
        Arc::new(WebhookStats::default()),
    )
}

/// A sender that may dial loopback, where all names are.
fn sender() -> Sender {
    let policy = NetworkPolicy {
        allow_private: true,
        ..NetworkPolicy::default()
    };
    let names = Names {
        addresses: vec![Ipv4Addr::LOCALHOST.into()],
        ..Names::default()
    };
    sender_by(policy, Arc::new(names))
}

/// A room's settings with a limit of a second.
fn to(primary: &str, failover: Option<&str>) -> WebhookSettings {
    let url = |url: &str| WebhookUrl::new(url.to_owned()).unwrap();
    WebhookSettings {
        event_url: Some(url(primary)),
        event_failover_url: failover.map(url),
        timeout: Some(WebhookTimeout::new(1).unwrap()),
    }
}

/// A receiver that reads one request of each connection and answers with these bytes, or not at all.
struct Receiver {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn start(answer: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut hanging = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut read = Vec::new();
                while !is_whole(&read) {
                    if stream.read_buf(&mut read).await.unwrap() == 0 {
                        break;
                    }
                }
                kept.lock().unwrap().push(String::from_utf8(read).unwrap());
                match answer {
                    Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                    None => hanging.push(stream),
                }
            }
        });
        Self { address, requests }
    }

    fn url(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.address)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok());
    length == Some(body.len())
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// The error of the one line in a log.
fn error(attempted: &Attempted) -> String {
    assert!(!attempted.delivered);
    assert_eq!(attempted.log.len(), 1);
    attempted.log[0].error.clone().unwrap()
}

#[tokio::test]
async fn a_request_has_all_a_receiver_needs() {
    let receiver = Receiver::start(Some(OK)).await;
    let sender = sender();
    let url = receiver.url("/hook?secret=s");
    let url = url.replace("http://", "http://user:word@");
    let attempted = sender.attempt(&event(), 3, &to(&url, None)).await;
    assert!(attempted.delivered);
    let expected = AttemptRecord {
        attempt: 3,
        failover: false,
        at: Timestamp::from_unix_secs(1_619_352_000),
        url: receiver.url("/hook"),
        duration_millis: 0,
        status: Some(204),
        error: None,
    };
    assert_eq!(attempted.log, [expected]);
    assert_eq!(sender.stats.attempts(Outcome::Delivered), 1);

    let requests = receiver.requests();
    let (head, sent) = requests[0].split_once("\r\n\r\n").unwrap();
    let told = receiver.url("/hook?secret=s");
    assert_eq!(sent.as_bytes(), body(&event(), 3, &told).unwrap());
    let signed = sender
        .key
        .sign(sent.as_bytes(), Timestamp::from_unix_secs(1_619_352_000))
        .unwrap();
    let lines: Vec<_> = head.lines().collect();
    assert_eq!(lines[0], "POST /hook?secret=s HTTP/1.1");
    for line in [
        format!("host: {}", receiver.address),
        "content-type: application/json".to_owned(),
        format!("user-agent: {USER_AGENT}"),
        "connection: close".to_owned(),
        "telnyx-timestamp: 1619352000".to_owned(),
        format!("telnyx-signature-ed25519: {}", signed.signature),
        "authorization: Basic dXNlcjp3b3Jk".to_owned(),
    ] {
        assert!(lines.contains(&line.as_str()), "{line} in {head}");
    }
}

#[tokio::test]
async fn only_two_hundreds_are_success() {
    let sender = sender();
    for (answer, delivered) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true),
        (
            "HTTP/1.1 299 Odd\r\ncontent-length: 99999999\r\n\r\nx",
            true,
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://example.com/\r\n\r\n",
            false,
        ),
        ("HTTP/1.1 410 Gone\r\n\r\n", false),
        ("HTTP/1.1 500 No\r\n\r\n", false),
    ] {
        let receiver = Receiver::start(Some(answer)).await;
        let attempted = sender
            .attempt(&event(), 1, &to(&receiver.url("/"), None))
            .await;
        assert_eq!(attempted.delivered, delivered, "{answer}");
        let status = answer[9..12].parse().ok();
        assert_eq!(attempted.log[0].status, status);
        assert_eq!(receiver.requests().len(), 1, "no redirect is followed");
    }
    assert_eq!(sender.stats.attempts(Outcome::Status), 3);
}

#[tokio::test]
async fn what_is_no_http_is_a_failure() {
    let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1_000_000));
    for answer in [
        "",
        "SSH-2.0-OpenSSH\r\n\r\n",
        Box::leak(huge.into_boxed_str()),
    ] {
        let receiver = Receiver::start(Some(answer)).await;
        let attempted = sender()
            .attempt(&event(), 1, &to(&receiver.url("/"), None))
            .await;
        let error = error(&attempted);
        assert!(error.starts_with("no HTTP answer"), "{error}");
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_is_left_in_time() {
    let receiver = Receiver::start(None).await;
    let sender = sender();
    let attempted = sender
        .attempt(&event(), 1, &to(&receiver.url("/"), None))
        .await;
    assert_eq!(error(&attempted), "no answer within 1 s");
    assert_eq!(sender.stats.attempts(Outcome::TimedOut), 1);
}

#[tokio::test]
async fn the_failover_url_is_tried_at_once() {
    let bad = Receiver::start(Some("HTTP/1.1 503 No\r\n\r\n")).await;
    let good = Receiver::start(Some(OK)).await;
    let webhook = to(&bad.url("/a"), Some(&good.url("/b")));
    let attempted = sender().attempt(&event(), 2, &webhook).await;
    assert!(attempted.delivered);
    let tried: Vec<_> = attempted
        .log
        .iter()
        .map(|line| (line.attempt, line.failover, line.status))
        .collect();
    assert_eq!(tried, [(2, false, Some(503)), (2, true, Some(204))]);
    for (receiver, path) in [(&bad, "/a"), (&good, "/b")] {
        let told = format!("\"delivered_to\":\"{}\"", receiver.url(path));
        assert!(receiver.requests()[0].contains(&told), "{told}");
    }
    let neither = to(&bad.url("/a"), Some(&bad.url("/b")));
    let attempted = sender().attempt(&event(), 1, &neither).await;
    assert_eq!((attempted.delivered, attempted.log.len()), (false, 2));
}

#[tokio::test]
async fn what_may_not_be_dialled_is_not() {
    let receiver = Receiver::start(Some(OK)).await;
    let port = receiver.address.port();
    for (host, addresses) in [
        ("127.0.0.1", &[][..]),
        ("2130706433", &[]),
        ("[::ffff:127.0.0.1]", &[]),
        ("rebinds.example", &["127.0.0.1"]),
        ("metadata.example", &["169.254.169.254", "fd00:ec2::254"]),
    ] {
        let names = Arc::new(Names {
            addresses: addresses.iter().map(|ip| ip.parse().unwrap()).collect(),
            ..Names::default()
        });
        let sender = sender_by(NetworkPolicy::default(), Arc::clone(&names));
        let url = format!("http://{host}:{port}/");
        let attempted = sender.attempt(&event(), 1, &to(&url, None)).await;
        let error = error(&attempted);
        assert!(error.contains("is refused as a webhook target"), "{error}");
        assert_eq!(sender.stats.attempts(Outcome::Refused), 1);
    }
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_dialled() {
    let receiver = Receiver::start(Some(OK)).await;
    // Nobody listens at the first; the second may not be dialled.
    let names = Arc::new(Names {
        addresses: ["127.0.0.2", "10.0.0.1", "127.0.0.1"]
            .map(|ip| ip.parse().unwrap())
            .to_vec(),
        ..Names::default()
    });
    let policy = NetworkPolicy {
        allow_private: false,
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
    };
    let sender = sender_by(policy, Arc::clone(&names));
    let url = format!("http://hook.example:{}/", receiver.address.port());
    let attempted = sender.attempt(&event(), 1, &to(&url, None)).await;
    assert!(attempted.delivered, "{attempted:?}");
    assert_eq!(*names.asked.lock().unwrap(), ["hook.example"], "asked once");
    assert!(receiver.requests()[0].contains("\r\nhost: hook.example:"));
}

#[tokio::test]
async fn nobody_there_is_a_failure() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let sender = sender();
    let attempted = sender
        .attempt(&event(), 1, &to(&format!("http://{address}/"), None))
        .await;
    let text = error(&attempted);
    assert!(
        text.starts_with(&format!("no connection to {address}")),
        "{text}"
    );
    assert_eq!(sender.stats.attempts(Outcome::Unreachable), 1);

    let sender = sender_by(NetworkPolicy::default(), Arc::default());
    let attempted = sender
        .attempt(&event(), 1, &to("https://none.example/", None))
        .await;
    assert_eq!(error(&attempted), "the name has no address");
}

#[tokio::test]
async fn plain_text_behind_https_is_a_failure() {
    let receiver = Receiver::start(Some(OK)).await;
    let url = receiver.url("/").replace("http:", "https:");
    let attempted = sender().attempt(&event(), 1, &to(&url, None)).await;
    let error = error(&attempted);
    assert!(
        error.starts_with("no TLS") || error.starts_with("no answer"),
        "{error}"
    );
}

/// A receiver with a certificate for `hook.example`; that certificate.
async fn tls_receiver() -> (u16, rustls::pki_types::CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["hook.example".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut read = Vec::new();
            while !is_whole(&read) {
                stream.read_buf(&mut read).await.unwrap();
            }
            stream.write_all(OK.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (port, certificate)
}

#[tokio::test]
async fn certificates_are_checked() {
    let (port, certificate) = tls_receiver().await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let names: Arc<dyn Resolve> = Arc::new(Names {
        addresses: vec![Ipv4Addr::LOCALHOST.into()],
        ..Names::default()
    });
    let policy = NetworkPolicy {
        allow_private: true,
        ..NetworkPolicy::default()
    };
    let trusting = Dialer::trusting(policy.clone(), Arc::clone(&names), roots).unwrap();
    let trusting = Sender {
        dialer: trusting,
        ..sender()
    };
    let right = to(&format!("https://hook.example:{port}/"), None);
    let attempted = trusting.attempt(&event(), 1, &right).await;
    assert!(attempted.delivered, "{attempted:?}");

    let wrong_name = to(&format!("https://other.example:{port}/"), None);
    let strict = Sender {
        dialer: Dialer::new(policy, names).unwrap(),
        ..sender()
    };
    for attempted in [
        trusting.attempt(&event(), 1, &wrong_name).await,
        strict.attempt(&event(), 1, &right).await,
    ] {
        let error = error(&attempted);
        assert!(
            error.starts_with("no TLS: invalid peer certificate"),
            "{error}"
        );
    }
}
