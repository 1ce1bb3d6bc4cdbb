//! What goes on in the rooms: media, calls, their history, and who may act on them.

use std::sync::Arc;

use greenroom_media::{Engine, EngineConfig};
use greenroom_rooms::call::NoteTaker;
use greenroom_rooms::door::DoorkeeperParts;
use greenroom_rooms::moderation::ModeratorParts;
use greenroom_rooms::{
    Calls, Doorkeeper, History, Keys, Limiters, LiveRooms, Moderator, Qualities, Revocations,
    RoomDirectory, Rotations, Stats, Tracer,
};
use greenroom_store::Store;
use greenroom_token::VerifyPolicy;

use super::Edges;
use crate::config::Settings;

/// What the live parts stand on.
pub(super) struct Ground<'a> {
    pub(super) settings: &'a Settings,
    pub(super) edges: &'a Edges,
    pub(super) store: &'a Arc<dyn Store>,
    pub(super) keys: &'a Arc<Keys>,
    pub(super) revocations: &'a Arc<Revocations>,
    pub(super) rotations: &'a Arc<Rotations>,
    pub(super) limiters: &'a Arc<Limiters>,
    pub(super) stats: &'a Arc<Stats>,
    pub(super) verify_policy: VerifyPolicy,
    pub(super) tracer: Option<Arc<dyn Tracer>>,
}

/// The live parts.
pub(super) struct Live {
    pub(super) engine: Arc<Engine>,
    pub(super) history: Arc<History>,
    pub(super) directory: Arc<RoomDirectory>,
    pub(super) moderator: Arc<Moderator>,
    pub(super) qualities: Arc<Qualities>,
    pub(super) doorkeeper: Arc<Doorkeeper>,
}

impl Live {
    /// Puts them together, and starts the media threads.
    pub(super) fn start(ground: &Ground<'_>) -> anyhow::Result<Self> {
        let Ground {
            settings, store, ..
        } = ground;
        let clock = || Arc::clone(&ground.edges.clock);
        let entropy = || Arc::clone(&ground.edges.entropy);
        let stats = || Arc::clone(ground.stats);
        let rooms = Arc::new(LiveRooms::default());
        let history = History::new(settings.sessions.grace_secs, clock(), entropy(), stats());
        let media = EngineConfig {
            tells_first_frames: ground.tracer.is_some(),
            ..settings.media.engine(settings.listen, settings.tls_listen)
        };
        let engine = Arc::new(Engine::start(&media, entropy())?);
        let calls = Calls::new(
            Arc::clone(&engine),
            clock(),
            entropy(),
            stats(),
            Arc::clone(&history) as Arc<dyn NoteTaker>,
            settings.sessions.patience(),
            ground.tracer.clone(),
        );
        let directory = Arc::new(RoomDirectory::new(
            Arc::clone(store),
            Arc::clone(&rooms),
            Arc::clone(&calls),
            Arc::clone(&history),
            clock(),
            entropy(),
        ));
        let moderator = Moderator::new(ModeratorParts {
            store: Arc::clone(store),
            history: Arc::clone(&history),
            calls: Arc::clone(&calls),
            revocations: Arc::clone(ground.revocations),
            clock: clock(),
            stats: stats(),
            policy: settings.moderation.policy(),
        });
        let qualities = Qualities::new(Arc::clone(store), Arc::clone(&history), Arc::clone(&calls));
        let doorkeeper = Doorkeeper::new(DoorkeeperParts {
            directory: Arc::clone(&directory),
            live: rooms,
            calls,
            keys: Arc::clone(ground.keys),
            revocations: Arc::clone(ground.revocations),
            rotations: Arc::clone(ground.rotations),
            limiters: Arc::clone(ground.limiters),
            stats: stats(),
            verify_policy: ground.verify_policy,
            reuse_policy: settings.tokens.reuse.into(),
        });
        Ok(Self {
            engine,
            history,
            directory,
            moderator,
            qualities,
            doorkeeper,
        })
    }
}
