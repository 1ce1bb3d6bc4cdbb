//! Requests that are larger than they should be, or no requests at all.

use std::fs;

use greenroom_testkit::{Greenroom, RawConnection, TestServer};
use serde_json::json;

#[tokio::test]
async fn headers_have_a_bound() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let get = |extra: &str| {
        format!(
            "GET /v2/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{extra}\r\n",
            acme.key
        )
    };
    let filler = |bytes: usize| format!("X-Filler: {}\r\n", "x".repeat(bytes));
    let mut raw = server.raw().await;
    raw.send(get(&filler(30_000))).await;
    assert_eq!(raw.reply().await.status, 200);

    for too_much in [filler(100_000), "X-Filler: x\r\n".repeat(200)] {
        let mut raw = server.raw().await;
        // The server may hang up while this is still being sent.
        raw.try_send(get(&too_much)).await;
        let answer = raw.closed().await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
            "{answer}"
        );
    }
    acme.get("/v2/rooms").await.expect(200);
}

#[tokio::test]
async fn a_path_has_a_bound() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let long = format!("/v2/rooms/{}", "x".repeat(20_000));
    acme.get(&long).await.refused(404, "10005");
    let mut raw = server.raw().await;
    let longer = "x".repeat(100_000);
    raw.try_send(format!("GET /{longer} HTTP/1.1\r\nHost: x\r\n\r\n"))
        .await;
    let answer = String::from_utf8(raw.closed().await).unwrap();
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    acme.get("/v2/rooms").await.expect(200);
}

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_read() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let mut raw = server.raw().await;
    raw.send(post(&acme.key, "Content-Length: 10000000")).await;
    raw.send("x".repeat(20_000)).await;
    let reply = raw.reply().await;
    reply.refused(413, "10015");
    // What is left of the body is not taken for a request.
    raw.try_send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    assert_eq!(raw.closed().await, b"");
}

#[tokio::test]
async fn chunks_are_counted_as_they_come() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let head = post(&acme.key, "Transfer-Encoding: chunked");
    let body = json!({"max_participants": 12}).to_string();
    let mut raw = server.raw().await;
    raw.send(&head).await;
    for byte in body.chars() {
        raw.send(format!("1\r\n{byte}\r\n")).await;
    }
    raw.send("0\r\n\r\n").await;
    let room = raw.reply().await.data(201);
    assert_eq!(room["max_participants"], 12);

    let mut raw = server.raw().await;
    raw.send(&head).await;
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1_000));
    let mut sent = 0;
    while sent < 1_000 && raw.try_send(&chunk).await && !raw.has_answer().await {
        sent += 1;
    }
    let reply = raw.reply().await;
    reply.refused(413, "10015");
}

#[tokio::test]
async fn what_is_not_http_is_hung_up_on() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    let smuggled = "GET /v2/rooms HTTP/1.1\r\nHost: x\r\n\r\n";
    let contradiction = post(&acme.key, "Content-Length: 2\r\nContent-Length: 50");
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"POST /v2/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v2/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        format!("{contradiction}{{}}{smuggled}").as_bytes(),
    ] {
        let mut raw = server.raw().await;
        raw.send(bytes).await;
        let answer = raw.closed().await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
        assert!(answer.matches("HTTP/1.1").count() <= 1, "{answer}");
    }
    acme.get("/v2/rooms").await.expect(200);
}

#[tokio::test]
async fn paths_that_are_no_text() {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    for path in [
        "/v2/rooms/%FF",
        "/v2/rooms/%00",
        "/v2/rooms/%C3%28",
        "/%FF/janus",
        "/%FF",
    ] {
        acme.get(path).await.refused(404, "10005");
    }
    let id = acme.new_room().await;
    let generate = "/v2/rooms/%FF/actions/generate_join_client_token";
    acme.post(generate, json!({})).await.refused(403, "65001");
    let tokens = acme.tokens(&id).await;
    let reply = server.anyone().refresh("%FF", &tokens.refresh_token).await;
    reply.refused(403, "10010");

    let mut raw = server.raw().await;
    let mut request = b"GET /v2/rooms/\xff\xfe HTTP/1.1\r\nHost: x\r\n".to_vec();
    request.extend(format!("Authorization: Bearer {}\r\n\r\n", acme.key).bytes());
    raw.send(request).await;
    let reply = raw.reply().await;
    assert!([400, 404].contains(&reply.status), "{reply:?}");
}

/// However much is sent, the server keeps only what it has to look at.
#[tokio::test]
async fn memory_stays_flat_under_large_bodies() {
    const MEGABYTES: usize = 10;
    const GROWTH_MAX_KIB: u64 = 8 * 1024;
    let data = tempfile::tempdir().unwrap();
    let mut program = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .start(
            ["dev", "--listen", "127.0.0.1:0", "--data"]
                .map(AsRef::as_ref)
                .into_iter()
                .chain([data.path().as_os_str()]),
        )
        .await;
    let key = program.api_key().await;
    let megabyte = vec![b'x'; 1024 * 1024];
    let mut after_first = None;
    for head in [
        post(
            &key,
            &format!("Content-Length: {}", MEGABYTES * megabyte.len()),
        ),
        post(&key, "Transfer-Encoding: chunked"),
        "POST /v2/rooms/undefined/actions/refresh_client_token HTTP/1.1\r\nHost: x\r\n\
         Content-Type: application/json\r\nContent-Length: 10485760\r\n\r\n"
            .to_owned(),
    ]
    .iter()
    .cycle()
    .take(15)
    {
        let mut raw = RawConnection::open(program.http()).await;
        raw.send(head).await;
        if head.contains("chunked") {
            raw.try_send("a00000\r\n").await;
        }
        for _ in 0..MEGABYTES {
            if !raw.try_send(&megabyte).await {
                break;
            }
        }
        drop(raw);
        program.anyone().get("/healthz").await.expect(200);
        let resident = resident_kib(program.pid());
        let first = *after_first.get_or_insert(resident);
        assert!(
            resident < first + GROWTH_MAX_KIB,
            "{first} KiB, then {resident}"
        );
    }
}

/// The head of a request to make a room.
fn post(key: &str, header: &str) -> String {
    format!(
        "POST /v2/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\n{header}\r\n\r\n"
    )
}

/// The memory that a process has in use, as Linux counts it.
fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}
