//! One of the two servers, running, with rooms.

use std::fmt;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::Context;
use greenroom_domain::RoomId;
use greenroom_testkit::media::{Gateway, Session};

use super::janus;
use super::network::{self, SERVER};
use super::stage::Stage;
use crate::http::Connection;
use crate::measure::tokens::token_pair;
use crate::process::{Cpu, Memory};
use crate::program::Program;
use crate::workbench::{Workbench, generate_request};

/// Ours, or what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Rival {
    /// The program of this repository.
    Greenroom,
    /// Debian's Janus.
    Janus,
}

impl fmt::Display for Rival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greenroom => "Greenroom",
            Self::Janus => "Janus",
        })
    }
}

/// A running server with rooms in it.
#[derive(Debug)]
pub(crate) struct Site {
    program: Program,
    rooms: Rooms,
}

#[derive(Debug)]
enum Rooms {
    /// Ids, each with a client token.
    Greenroom(Vec<(RoomId, String)>),
    /// Numbered from 1.
    Janus(u64),
}

impl Site {
    /// Starts a server with that many rooms. `name` is its folder's, another one for each start.
    pub(crate) fn start(
        bench: &Workbench,
        stage: &Stage,
        rival: Rival,
        name: &str,
        rooms: usize,
    ) -> anyhow::Result<Self> {
        let namespace = network::server_namespace().context("not inside the network")?;
        match rival {
            Rival::Greenroom => {
                let ids = bench.seed(name, rooms)?;
                let mut command = Command::new("ip");
                command
                    .args(["netns", "exec", &namespace])
                    .arg(bench.greenroom());
                let listen = SocketAddr::new(SERVER, 0).to_string();
                let program = bench.start_with(command, name, &listen)?;
                let tokens = tokens(&program, &ids)?;
                let rooms = Rooms::Greenroom(ids.into_iter().zip(tokens).collect());
                Ok(Self { program, rooms })
            }
            Rival::Janus => {
                let program = janus::start(&namespace, &bench.path(name))?;
                let rooms = u64::try_from(rooms)?;
                for room in 1..=rooms {
                    let server = program.address;
                    stage.run(async {
                        let session = Session::open(Gateway::Janus { server, room }).await?;
                        session.make_janus_rooms().await?;
                        session.leave().await
                    })?;
                }
                let rooms = Rooms::Janus(rooms);
                Ok(Self { program, rooms })
            }
        }
    }

    /// The way into the room of that number, from 0.
    pub(crate) fn gateway(&self, room: usize) -> anyhow::Result<Gateway> {
        let server = self.program.address;
        match &self.rooms {
            Rooms::Greenroom(rooms) => {
                let (id, token) = rooms.get(room).context("no such room")?;
                Ok(Gateway::Greenroom {
                    server,
                    room_id: id.to_string(),
                    token: token.clone(),
                })
            }
            Rooms::Janus(rooms) => {
                let room = u64::try_from(room)? + 1;
                anyhow::ensure!(room <= *rooms, "no such room");
                Ok(Gateway::Janus { server, room })
            }
        }
    }

    /// CPU time it has used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Cpu> {
        Cpu::of(self.program.pid())
    }

    /// What it has in memory.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        Memory::of(self.program.pid())
    }

    /// Stops it.
    pub(crate) fn stop(self) -> anyhow::Result<()> {
        self.program.stop()
    }
}

/// A client token for each room.
fn tokens(program: &Program, rooms: &[RoomId]) -> anyhow::Result<Vec<String>> {
    let mut connection = Connection::open(program.address)?;
    let mut token_of = |room: &RoomId| {
        let answer = connection.ask(&generate_request(*room), 201)?;
        Ok(token_pair(answer.body)?.0)
    };
    rooms.iter().map(&mut token_of).collect()
}
