//! `greenroom webhooks list|show|replay|public-key`: on the data directory, beside a running server, which notices
//! within a second.

use clap::{Subcommand, ValueEnum};
use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_domain::{EventId, PageRequest, RoomId};
use greenroom_rooms::audit;
use greenroom_store::Store;
use greenroom_store::outbox::{AttemptRecord, EventState, OutboxEntry, OutboxFilter, StateFilter};

use super::api_key::with_store;
use super::{edges, say};
use crate::cli::{ConfigArgs, Failure};
use crate::{data_dir, webhook_key};

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// List events: the latest first.
    List {
        #[command(flatten)]
        config: ConfigArgs,
        /// Those of this room.
        #[arg(long, value_name = "ID")]
        room: Option<RoomId>,
        /// Those in this state.
        #[arg(long)]
        state: Option<StateArg>,
        /// Those of this type, such as `video.room.session.started`.
        #[arg(long = "type", value_name = "TYPE")]
        event_type: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=250))]
        limit: u32,
        /// Which page of so many.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
    },
    /// Show an event and what was tried to deliver it.
    Show {
        #[command(flatten)]
        config: ConfigArgs,
        /// The event's id, as `list` shows it.
        event: EventId,
    },
    /// Deliver an event again, or dead letters after all.
    Replay {
        #[command(flatten)]
        config: ConfigArgs,
        /// The event's id, as `list` shows it.
        #[arg(required_unless_present = "dead", conflicts_with = "dead")]
        event: Option<EventId>,
        /// All dead letters, as far as the queue of each room has room for them.
        #[arg(long)]
        dead: bool,
        /// Those of this room only.
        #[arg(long, value_name = "ID", requires = "dead", conflicts_with = "event")]
        room: Option<RoomId>,
    },
    /// Print the key by which receivers verify webhooks (`TELNYX_PUBLIC_KEY` of the SDKs).
    PublicKey {
        #[command(flatten)]
        config: ConfigArgs,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StateArg {
    Pending,
    Delivered,
    Dead,
}

impl From<StateArg> for StateFilter {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Pending => Self::Pending,
            StateArg::Delivered => Self::Delivered,
            StateArg::Dead => Self::Dead,
        }
    }
}

pub(crate) fn run(command: WebhookCommand) -> Result<(), Failure> {
    match command {
        WebhookCommand::List {
            config,
            room,
            state,
            event_type,
            limit,
            page,
        } => {
            let filter = OutboxFilter {
                room_id: room,
                state: state.map(StateFilter::from),
                event_type,
            };
            let page = PageNumber::new(page.into())
                .and_then(|number| Ok(PageRequest::new(number, PageSize::new(limit.into())?)))
                .map_err(|error| Failure::Usage(error.into()))?;
            with_store(&config, async |store| list(store, &filter, page).await)
        }
        WebhookCommand::Show { config, event } => {
            with_store(&config, async |store| show(store, event).await)
        }
        WebhookCommand::Replay {
            config,
            event,
            room,
            ..
        } => with_store(&config, async |store| match event {
            Some(event) => replay(store, event).await,
            None => replay_dead(store, room).await,
        }),
        WebhookCommand::PublicKey { config } => {
            let data = config.settings()?.data;
            data_dir::ensure(&data).map_err(anyhow::Error::from)?;
            let key = webhook_key::open(&data, &*edges().entropy).map_err(anyhow::Error::from)?;
            say(key.public_key());
            Ok(())
        }
    }
}

async fn list(store: &dyn Store, filter: &OutboxFilter, page: PageRequest) -> anyhow::Result<()> {
    let found = store.outbox_entries(filter, page).await?;
    say(format!(
        "{:36}  {:36}  {:27}  {:30}  {:8}  state",
        "event", "room", "occurred", "type", "attempts"
    ));
    for entry in &found.items {
        say(format!(
            "{}  {}  {}  {:30}  {:8}  {}",
            entry.event.id,
            entry.event.room_id,
            entry.event.occurred_at,
            entry.event.kind.event_type(),
            entry.attempts,
            state(entry),
        ));
    }
    say(format!("{} of {}", found.items.len(), found.total_results));
    Ok(())
}

async fn show(store: &dyn Store, id: EventId) -> anyhow::Result<()> {
    let Some(entry) = store.outbox_entry(id).await? else {
        anyhow::bail!(
            "there is no event {id}; those that were delivered are forgotten after some days"
        );
    };
    let event = &entry.event;
    for (name, value) in [
        ("event", event.id.to_string()),
        ("type", event.kind.event_type().to_owned()),
        ("room", event.room_id.to_string()),
        ("session", event.session_id.to_string()),
        ("occurred", event.occurred_at.to_string()),
        (
            "state",
            format!("{} since {}", state(&entry), entry.state_at),
        ),
        ("attempts", entry.attempts.to_string()),
    ] {
        say(format!("{name:10}{value}"));
    }
    for attempt in store.attempts(id).await? {
        say(line(&attempt));
    }
    Ok(())
}

fn state(entry: &OutboxEntry) -> String {
    match entry.state {
        EventState::Pending => "pending".to_owned(),
        EventState::Delivered => "delivered".to_owned(),
        EventState::Dead(reason) => format!("dead ({})", reason.as_str()),
    }
}

fn line(attempt: &AttemptRecord) -> String {
    let outcome = match (&attempt.error, attempt.status) {
        (Some(error), _) => error.clone(),
        (None, Some(status)) => format!("answered {status}"),
        (None, None) => "no answer".to_owned(),
    };
    let which = if attempt.failover {
        "failover"
    } else {
        "primary"
    };
    format!(
        "  {:3}  {}  {which:8}  {:6} ms  {}  {outcome}",
        attempt.attempt, attempt.at, attempt.duration_millis, attempt.url
    )
}

async fn replay(store: &dyn Store, id: EventId) -> anyhow::Result<()> {
    let mut work = store.begin().await?;
    if !work.replay_event(id, edges().clock.now()).await? {
        anyhow::bail!("there is no event {id}");
    }
    work.commit().await?;
    audit::webhook_replayed(None, id);
    say(format!("{id} is delivered again"));
    Ok(())
}

async fn replay_dead(store: &dyn Store, room: Option<RoomId>) -> anyhow::Result<()> {
    let mut work = store.begin().await?;
    let replayed = work.replay_dead(room, edges().clock.now()).await?;
    work.commit().await?;
    audit::dead_letters_replayed(room, replayed);
    say(format!("{replayed} dead letters are delivered again"));
    Ok(())
}
