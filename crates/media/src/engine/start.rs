//! Binds the ports and starts the threads.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use greenroom_domain::Entropy;
use greenroom_sfu::{MixInput, Negotiator, ShardAddresses};
use mio::{Poll, Waker};

use super::listening::{Listening, PortsListen};
use super::{DROP_LIMIT, Engine, MixerSeen, ShardSeen, Shared};
use crate::address::{LocalAddresses, told_addresses};
use crate::clock;
use crate::config::{EngineConfig, MIXERS_MAX, PortKind, SHARDS_MAX, StartError};
use crate::control;
use crate::mix_lane::{
    CHANGES_MAX, FRAMES_MAX, MixChange, MixNews, MixerInbox, PACKETS_MAX, ToMixer, ToShard,
};
use crate::mixer_thread::MixerThread;
use crate::shard_thread::{ShardParts, ShardThread, WAKER};
use crate::stats::Board;
use crate::tcp::TcpPort;
use crate::threads::Crew;
use crate::udp::UdpPort;

/// A shard's sockets.
struct Ports {
    udp: UdpPort,
    tcp: Option<TcpPort>,
}

impl Ports {
    fn listen(&self) -> PortsListen {
        let (receive_bytes, send_bytes) = self.udp.kernel_buffers();
        PortsListen {
            udp: self.udp.address(),
            tcp: self.tcp.as_ref().map(TcpPort::address),
            receive_bytes,
            send_bytes,
        }
    }
}

pub(super) fn start(
    config: &EngineConfig,
    entropy: Arc<dyn Entropy>,
) -> Result<Engine, StartError> {
    let (shards, mixers) = (config.shards.get(), config.mixers.get());
    if shards > SHARDS_MAX || mixers > MIXERS_MAX {
        return Err(StartError::TooManyThreads);
    }
    let ports = bind_all(config)?;
    let bound = ports
        .first()
        .map_or(config.bind, |ports| ports.udp.address().ip());
    let announced = told_addresses(config, bound);
    let local: Vec<[LocalAddresses; 2]> = ports
        .iter()
        .map(|ports| {
            let udp = ports.udp.address();
            let tcp = ports.tcp.as_ref().map_or(udp, TcpPort::address);
            [udp, tcp].map(|bound| LocalAddresses::new(&announced, bound))
        })
        .collect();
    let addresses: Vec<ShardAddresses> = ports
        .iter()
        .zip(&local)
        .map(|(ports, [udp, tcp])| ShardAddresses {
            udp: udp.announced(),
            tcp: if ports.tcp.is_some() {
                tcp.announced()
            } else {
                Vec::new()
            },
        })
        .collect();
    let listening = Listening::new(ports.iter().map(Ports::listen).collect(), announced);
    let negotiator = Negotiator::new(&addresses, clock::now())?;
    let mut launch = Launch::new(shards + mixers, config);
    if let Err(error) = launch.all(mixers, ports, local) {
        launch.give_up();
        return Err(StartError::Thread(error));
    }
    Ok(Engine {
        shared: Arc::new(Shared {
            negotiator,
            entropy,
            next_peer: AtomicU64::new(1),
            next_room: AtomicU64::new(1),
            shards: launch.shards,
            mixers: launch.mixers,
            peers_per_shard_max: config.peers_per_shard_max,
            stopping: launch.stopping,
        }),
        addresses,
        listening,
        crew: Mutex::new(launch.crew),
    })
}

fn bind_all(config: &EngineConfig) -> Result<Vec<Ports>, StartError> {
    let shards = config.shards.get();
    let mut bind = config.bind;
    let mut all = Vec::with_capacity(shards);
    for shard in 0..shards {
        let udp_port = nth_port(PortKind::Udp, config.udp_port, shard, shards)?;
        let mut udp = UdpPort::bind(SocketAddr::new(bind, udp_port));
        if bind.is_ipv6()
            && bind.is_unspecified()
            && !udp.as_ref().is_err_and(is_taken)
            && udp.is_err()
        {
            // No IPv6 on this machine.
            bind = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
            udp = UdpPort::bind(SocketAddr::new(bind, udp_port));
        }
        let udp = udp.map_err(|source| bind_error(PortKind::Udp, bind, udp_port, source))?;
        let tcp = match config.tcp_port {
            Some(first) => {
                let port = nth_port(PortKind::Tcp, first, shard, shards)?;
                let tcp = TcpPort::bind(SocketAddr::new(bind, port))
                    .map_err(|source| bind_error(PortKind::Tcp, bind, port, source))?;
                Some(tcp)
            }
            None => None,
        };
        all.push(Ports { udp, tcp });
    }
    Ok(all)
}

/// The port of the shard of that number. With 0, each takes a free one.
fn nth_port(kind: PortKind, first: u16, shard: usize, shards: usize) -> Result<u16, StartError> {
    if first == 0 {
        return Ok(0);
    }
    u16::try_from(shard)
        .ok()
        .and_then(|shard| first.checked_add(shard))
        .ok_or(StartError::TooFewPorts {
            kind,
            first,
            shards,
        })
}

fn is_taken(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}

fn bind_error(kind: PortKind, ip: IpAddr, port: u16, source: io::Error) -> StartError {
    let address = SocketAddr::new(ip, port);
    if is_taken(&source) {
        StartError::PortTaken { kind, address }
    } else {
        StartError::Bind {
            kind,
            address,
            source,
        }
    }
}

/// The threads as they are being started.
struct Launch {
    crew: Crew,
    silence_max: Duration,
    tells_first_frames: bool,
    stopping: Arc<AtomicBool>,
    shards: Vec<ShardSeen>,
    mixers: Vec<MixerSeen>,
    to_mixers: Vec<MixerEnds>,
}

/// The shards' ends of the lanes to a mixer thread.
#[derive(Clone)]
struct MixerEnds {
    changes: Sender<MixChange>,
    packets: Sender<MixInput>,
    thread: Thread,
    alive: Arc<AtomicBool>,
}

impl Launch {
    /// Of so many threads at most.
    fn new(threads_max: usize, config: &EngineConfig) -> Self {
        Self {
            crew: Crew::new(threads_max),
            silence_max: config.silence_max,
            tells_first_frames: config.tells_first_frames,
            stopping: Arc::new(AtomicBool::new(false)),
            shards: Vec::new(),
            mixers: Vec::new(),
            to_mixers: Vec::new(),
        }
    }

    fn all(
        &mut self,
        mixers: usize,
        ports: Vec<Ports>,
        local: Vec<[LocalAddresses; 2]>,
    ) -> io::Result<()> {
        let mut ends = Vec::new();
        let mut to_shards = Vec::new();
        for _ in &ports {
            let poll = Poll::new()?;
            let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
            let (news, news_end) = bounded(FRAMES_MAX);
            to_shards.push(ToShard {
                news,
                waker: Arc::clone(&waker),
            });
            ends.push((poll, waker, news_end));
        }
        for number in 0..mixers {
            self.mixer(number, to_shards.clone())?;
        }
        for (number, ((ports, local), ends)) in ports.into_iter().zip(local).zip(ends).enumerate() {
            self.shard(number, ports, local, ends)?;
        }
        Ok(())
    }

    fn mixer(&mut self, number: usize, shards: Vec<ToShard>) -> io::Result<()> {
        let (changes, changes_end) = bounded(CHANGES_MAX);
        let (packets, packets_end) = bounded(PACKETS_MAX);
        let inbox = MixerInbox {
            changes: changes_end,
            packets: packets_end,
        };
        let (alive, board) = (Arc::<AtomicBool>::default(), Arc::<Board<_>>::default());
        let mixer = MixerThread::new(
            inbox,
            shards,
            Arc::clone(&self.stopping),
            Arc::clone(&board),
        );
        let name = format!("media-mix-{number}");
        let thread = self
            .crew
            .start(name, Arc::clone(&alive), move || mixer.run())?;
        self.to_mixers.push(MixerEnds {
            changes,
            packets,
            thread: thread.clone(),
            alive: Arc::clone(&alive),
        });
        self.mixers.push(MixerSeen {
            alive,
            rooms: Arc::default(),
            board,
            thread,
        });
        Ok(())
    }

    fn shard(
        &mut self,
        number: usize,
        ports: Ports,
        local: [LocalAddresses; 2],
        (poll, waker, news): (Poll, Arc<Waker>, Receiver<MixNews>),
    ) -> io::Result<()> {
        let (alive, board) = (Arc::<AtomicBool>::default(), Arc::<Board<_>>::default());
        let (lane, inbox) = control::lanes(waker, Arc::clone(&alive));
        let mixers = self
            .to_mixers
            .iter()
            .cloned()
            .map(|ends| ToMixer::new(ends.changes, ends.packets, ends.thread, ends.alive))
            .collect();
        let shard = ShardThread::new(ShardParts {
            number,
            silence_max: self.silence_max,
            tells_first_frames: self.tells_first_frames,
            poll,
            udp: ports.udp,
            tcp: ports.tcp,
            local,
            inbox,
            news,
            mixers,
            stopping: Arc::clone(&self.stopping),
            alive: Arc::clone(&alive),
            board: Arc::clone(&board),
        })?;
        let name = format!("media-{number}");
        self.crew.start(name, alive, move || shard.run())?;
        self.shards.push(ShardSeen {
            lane,
            rooms: Arc::default(),
            peers: Arc::default(),
            board,
        });
        Ok(())
    }

    /// Takes back what was started, since not all could be.
    fn give_up(mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        for mixer in &self.mixers {
            mixer.thread.unpark();
        }
        for shard in &self.shards {
            shard.lane.wake();
        }
        if let Err(error) = self.crew.join(DROP_LIMIT) {
            tracing::warn!(%error, "after media could not be started");
        }
    }
}
