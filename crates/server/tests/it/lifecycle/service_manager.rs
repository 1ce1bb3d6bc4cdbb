//! What a service manager hears over its socket, as systemd gives it one.

use greenroom_testkit::within;
use tokio::net::UnixDatagram;

use super::House;

/// The socket that the program is told of.
struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    /// A socket in the house, and a house whose program knows it.
    fn of(house: House) -> (Self, House) {
        let path = house.folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        (
            Self { socket },
            house.env("NOTIFY_SOCKET", path.to_str().unwrap()),
        )
    }

    /// The next message, line by line.
    async fn hears(&self) -> Vec<String> {
        let mut buffer = [0; 4096];
        let length = within(self.socket.recv(&mut buffer)).await.unwrap();
        let text = std::str::from_utf8(&buffer[..length]).unwrap();
        text.lines().map(ToOwned::to_owned).collect()
    }

    /// Everything up to and with the first message that holds `line`.
    async fn hears_up_to(&self, line: &str) -> Vec<Vec<String>> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.hears().await);
            if heard.last().unwrap().iter().any(|other| other == line) {
                return heard;
            }
        }
    }
}

#[tokio::test]
async fn it_hears_when_the_server_is_ready_and_when_it_stops() {
    let (manager, house) = Manager::of(House::new().env("GREENROOM_SHUTDOWN_TIMEOUT_SECS", "100"));
    let mut program = house.dev().await;
    assert_eq!(
        manager.hears().await,
        ["READY=1", "STATUS=Serving, no calls"]
    );
    program.anyone().get("/readyz").await.expect(200);

    assert_eq!(program.terminate().await, Some(0));
    let stopping = manager.hears().await;
    assert!(stopping.contains(&"STOPPING=1".to_owned()), "{stopping:?}");
    let extended = stopping
        .iter()
        .find_map(|line| line.strip_prefix("EXTEND_TIMEOUT_USEC="));
    let extended_micros: u64 = extended.unwrap().parse().unwrap();
    assert!(
        extended_micros > 100_000_000,
        "longer than the stop may take: {extended_micros}"
    );
}

#[tokio::test]
async fn a_watchdog_gets_signs_of_life_as_long_as_the_server_serves() {
    let (manager, house) = Manager::of(House::new().env("WATCHDOG_USEC", "60000"));
    let mut program = house.dev().await;
    let first = manager.hears().await;
    assert_eq!(first, ["READY=1", "WATCHDOG=1", "STATUS=Serving, no calls"]);
    for _ in 0..5 {
        assert_eq!(
            manager.hears().await,
            ["WATCHDOG=1", "STATUS=Serving, no calls"]
        );
    }
    assert_eq!(program.terminate().await, Some(0));
    let rest = manager.hears_up_to("STOPPING=1").await;
    assert!(
        rest.iter().flatten().all(|line| line != "READY=1"),
        "{rest:?}"
    );
}

#[tokio::test]
async fn a_watchdog_that_is_meant_for_another_process_gets_none() {
    let (manager, house) = Manager::of(
        House::new()
            .env("WATCHDOG_USEC", "60000")
            .env("WATCHDOG_PID", "1"),
    );
    let mut program = house.dev().await;
    assert_eq!(
        manager.hears().await,
        ["READY=1", "STATUS=Serving, no calls"]
    );
    assert_eq!(program.terminate().await, Some(0));
    assert_eq!(manager.hears_up_to("STOPPING=1").await.len(), 1);
}

#[tokio::test]
async fn a_service_manager_that_is_gone_does_not_matter() {
    let (manager, house) = Manager::of(House::new());
    std::fs::remove_file(house.folder.path().join("notify")).unwrap();
    drop(manager);
    let mut program = house.dev().await;
    program.anyone().get("/readyz").await.expect(200);
    assert_eq!(program.terminate().await, Some(0));
    let said = program.stderr();
    assert!(
        said.contains("the service manager cannot be told"),
        "{said}"
    );
}
