//! The task around one [`Call`]: takes what comes on its lanes, one thing at a time, and hands on
//! what comes of it. It waits for the media engine, never for a line.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{Clock, ParticipantId, Timestamp};
use greenroom_media::{MediaEvent, RoomReport};
use tokio::sync::{mpsc, oneshot, watch};

use super::line::{LastHeard, LineId, LineSays, NewsSender};
use super::media::Media;
use super::quality::Attendance;
use super::record::Record;
use super::steps::RoomTracer;
use super::{Call, Present, Refusal};
use crate::Stats;
use crate::stats::CallGauges;

/// Media events that are kept while the media engine has no place for a command. As they are taken,
/// neither end can wait for the other for ever.
const EARLY_EVENTS_MAX: usize = 256;

/// A line comes or goes.
#[derive(Debug)]
pub(super) enum Plug {
    In(LineId, NewsSender, LastHeard),
    Out(LineId, LeftReason),
}

/// What an operator wants of the call; the sender is told when all is on the lines.
#[derive(Debug)]
pub(super) enum Command {
    Present(oneshot::Sender<Vec<Present>>),
    RollCall(oneshot::Sender<Vec<Present>>),
    Quality(oneshot::Sender<Asked>),
    Kick(Vec<ParticipantId>, oneshot::Sender<()>),
    SetMuted(Vec<ParticipantId>, bool, oneshot::Sender<()>),
    End(ForGood, oneshot::Sender<()>),
}

/// Who is in the call, and what the media engine will say of their connections.
pub(super) type Asked = (Vec<Attendance>, oneshot::Receiver<RoomReport>);

/// Whether nobody gets in any more.
pub(super) type ForGood = bool;

/// What a call's task listens to, beside its media.
pub(super) struct Lanes {
    pub(super) plugged: mpsc::UnboundedReceiver<Plug>,
    pub(super) said: mpsc::Receiver<(LineId, LineSays)>,
    pub(super) commands: mpsc::Receiver<Command>,
    /// How many people the room holds.
    pub(super) size: watch::Receiver<usize>,
}

/// The way out to one line.
struct Outlet {
    news: NewsSender,
    heard: LastHeard,
}

enum Step {
    Plug(Option<Plug>),
    Said(LineId, LineSays),
    Command(Command),
    Media(Option<MediaEvent>),
    Size,
    Deadline,
}

pub(super) struct CallTask<M> {
    call: Call<M>,
    /// `None` when there are no more.
    events: Option<mpsc::Receiver<MediaEvent>>,
    early_events: VecDeque<MediaEvent>,
    lanes: Lanes,
    /// Whether the size can still change.
    size_open: bool,
    outlets: HashMap<LineId, Outlet>,
    clock: Arc<dyn Clock>,
    gauges: CallGauges,
    record: Record,
    /// Who wants to know how people come in.
    tracer: Option<RoomTracer>,
    /// Who waits for what was done to be on the lines.
    done: Option<oneshot::Sender<()>>,
}

impl<M: Media> CallTask<M> {
    pub(super) fn new(
        call: Call<M>,
        events: mpsc::Receiver<MediaEvent>,
        lanes: Lanes,
        clock: Arc<dyn Clock>,
        stats: Arc<Stats>,
        record: Record,
        tracer: Option<RoomTracer>,
    ) -> Self {
        Self {
            call,
            events: Some(events),
            early_events: VecDeque::new(),
            lanes,
            size_open: true,
            outlets: HashMap::new(),
            clock,
            gauges: CallGauges::new(stats),
            record,
            tracer,
            done: None,
        }
    }

    /// Runs until the last line is gone or the media is.
    pub(super) async fn run(mut self) {
        loop {
            let step = self.next_step().await;
            let flow = self.take(step);
            self.hand_on();
            if let Some(done) = self.done.take() {
                // Who does not wait any more does not hear of it.
                let _ = done.send(());
            }
            self.flush().await;
            if flow.is_break() {
                return;
            }
        }
    }

    async fn next_step(&mut self) -> Step {
        if let Some(event) = self.early_events.pop_front() {
            return Step::Media(Some(event));
        }
        let wait = self.call.deadline().map(|at| self.wait_until(at));
        tokio::select! {
            plug = self.lanes.plugged.recv() => Step::Plug(plug),
            Some((line, says)) = self.lanes.said.recv() => Step::Said(line, says),
            Some(command) = self.lanes.commands.recv() => Step::Command(command),
            event = next_event(&mut self.events) => Step::Media(event),
            changed = self.lanes.size.changed(), if self.size_open => {
                self.size_open = changed.is_ok();
                Step::Size
            }
            () = pause(wait) => Step::Deadline,
        }
    }

    fn wait_until(&self, at: Timestamp) -> Duration {
        let micros = at.micros_since(self.clock.now());
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }

    fn take(&mut self, step: Step) -> ControlFlow<()> {
        let now = self.clock.now();
        match step {
            Step::Plug(None) => return ControlFlow::Break(()),
            Step::Plug(Some(plug)) => self.plug(plug, now),
            Step::Said(line, says) => {
                // Lanes overtake each other; but a line says nothing before it has come, and a
                // change of the room that was acknowledged goes for all that comes after.
                while let Ok(plug) = self.lanes.plugged.try_recv() {
                    self.plug(plug, now);
                }
                self.resize();
                match says {
                    LineSays::Ask(handle, transaction, ask) => {
                        if ask.joins() {
                            self.hear_lines();
                        }
                        self.call.handle_ask(line, handle, transaction, ask, now);
                    }
                    LineSays::SessionEnded(session, why) => {
                        self.call.handle_session_end(line, session, why, now);
                    }
                    LineSays::Family(session, family) => {
                        self.call.handle_family(line, session, family);
                    }
                }
            }
            Step::Command(command) => self.command(command, now),
            Step::Media(Some(event)) => {
                let lost = event == MediaEvent::Lost;
                self.call.handle_media(event, now);
                if lost {
                    tracing::warn!("a call lost its media thread, and ends");
                    return ControlFlow::Break(());
                }
            }
            Step::Media(None) => self.events = None,
            Step::Size => self.resize(),
            Step::Deadline => {
                self.hear_lines();
                self.call.handle_timeout(now);
            }
        }
        ControlFlow::Continue(())
    }

    /// Tells the call when each line was last heard of.
    fn hear_lines(&mut self) {
        for (line, outlet) in &self.outlets {
            self.call.handle_heard(*line, outlet.heard.get());
        }
    }

    fn command(&mut self, command: Command, now: Timestamp) {
        match command {
            Command::Present(asks) => {
                let _ = asks.send(self.call.present());
            }
            Command::RollCall(asks) => {
                let _ = asks.send(self.call.handle_roll_call(now));
            }
            Command::Quality(asks) => {
                let report = self.call.media().report();
                let _ = asks.send((self.call.attendance(), report));
            }
            Command::Kick(who, done) => {
                self.call.handle_kick(&who, now);
                self.done = Some(done);
            }
            Command::SetMuted(who, muted, done) => {
                self.call.handle_mute(&who, muted);
                self.done = Some(done);
            }
            Command::End(for_good, done) => {
                self.call.handle_end(for_good, now);
                self.done = Some(done);
            }
        }
    }

    fn resize(&mut self) {
        let size = *self.lanes.size.borrow_and_update();
        self.call.handle_room_change(size);
    }

    fn plug(&mut self, plug: Plug, now: Timestamp) {
        match plug {
            Plug::In(line, news, heard) => {
                self.call.handle_line(line, now);
                self.outlets.insert(line, Outlet { news, heard });
            }
            Plug::Out(line, why) => {
                self.outlets.remove(&line);
                self.call.handle_line_end(line, why, now);
            }
        }
    }

    /// Tells the lines what there is. One that has no place for it is taken off the call: its
    /// connection hears what it had, and then that the call is over.
    fn hand_on(&mut self) {
        // First, so that whoever is told that it is in can be found there.
        self.hand_notes_on();
        while let Some((line, news)) = self.call.poll_news() {
            let Some(outlet) = self.outlets.get(&line) else {
                continue;
            };
            if outlet.news.tell(news).is_err() {
                self.gauges.stats().lines_too_slow.increment();
                self.outlets.remove(&line);
                let now = self.clock.now();
                self.call.handle_line_end(line, LeftReason::Left, now);
            }
        }
        self.hand_notes_on();
        if let Some(tracer) = &self.tracer {
            tracer.hand_on(&mut self.call, &*self.clock);
        }
        for refusal in self.call.take_refused_joins() {
            self.count_refused(refusal);
        }
        self.gauges.show(self.call.people(), self.call.streams());
    }

    fn hand_notes_on(&mut self) {
        while let Some(note) = self.call.poll_note() {
            self.record.note(note);
        }
    }

    fn count_refused(&self, refusal: Refusal) {
        let stats = self.gauges.stats();
        match refusal {
            Refusal::RoomFull => stats.joins_refused_full.increment(),
            Refusal::LimitReached => stats.joins_refused_limit.increment(),
            Refusal::MediaUnavailable => stats.joins_refused_media.increment(),
            // A mistake of the client, which is no less in for it.
            Refusal::AlreadyJoined
            | Refusal::NotJoined
            | Refusal::NoSuchFeed
            | Refusal::IdTaken
            | Refusal::NotPublished
            | Refusal::AlreadyPublished
            | Refusal::InvalidSdp
            | Refusal::NotPossible => {}
        }
    }

    async fn flush(&mut self) {
        let flush = self.call.media().flush();
        tokio::pin!(flush);
        loop {
            let has_room = self.early_events.len() < EARLY_EVENTS_MAX;
            tokio::select! {
                biased;
                () = &mut flush => return,
                event = next_event(&mut self.events), if has_room => match event {
                    Some(event) => self.early_events.push_back(event),
                    None => self.events = None,
                },
            }
        }
    }
}

async fn next_event(events: &mut Option<mpsc::Receiver<MediaEvent>>) -> Option<MediaEvent> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: it waits for the deadline of the pure part"
)]
async fn pause(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
