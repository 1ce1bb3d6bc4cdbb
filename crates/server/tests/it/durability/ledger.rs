//! What clients know of their rooms: what was acknowledged, and what was under way.

use std::collections::HashMap;

use serde_json::Value;

/// All that is known, by room id.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    rooms: HashMap<String, Entry>,
    /// Creations that were never answered.
    unanswered_creations: usize,
    acknowledged: usize,
}

/// What is known of one room.
#[derive(Debug, Default)]
struct Entry {
    /// As it was answered last; `None` once its deletion was answered.
    acknowledged: Option<Value>,
    /// A change that was asked for and not answered yet.
    under_way: Option<Change>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// A new name.
    Rename(String),
    /// A deletion.
    Delete,
}

impl Ledger {
    /// How many changes were acknowledged so far.
    pub(super) const fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// A creation is asked for.
    pub(super) fn creating(&mut self) {
        self.unanswered_creations += 1;
    }

    /// The creation was answered.
    pub(super) fn created(&mut self, room: Value) -> String {
        self.unanswered_creations -= 1;
        self.acknowledged += 1;
        let id = id_of(&room);
        let entry = Entry {
            acknowledged: Some(room),
            under_way: None,
        };
        assert!(self.rooms.insert(id.clone(), entry).is_none(), "{id} twice");
        id
    }

    /// A change is asked for.
    pub(super) fn changing(&mut self, id: &str, change: Change) {
        self.entry(id).under_way = Some(change);
    }

    /// The change was answered, with the room if it is still there.
    pub(super) fn changed(&mut self, id: &str, room: Option<Value>) {
        self.acknowledged += 1;
        *self.entry(id) = Entry {
            acknowledged: room,
            under_way: None,
        };
    }

    fn entry(&mut self, id: &str) -> &mut Entry {
        self.rooms.get_mut(id).unwrap()
    }

    /// Compares with the rooms that are there after a restart, and takes over what became of that
    /// which was under way.
    pub(super) fn compare(&mut self, found: Vec<Value>) {
        let mut found: HashMap<String, Value> =
            found.into_iter().map(|room| (id_of(&room), room)).collect();
        for (id, entry) in &mut self.rooms {
            let now = found.remove(id);
            if now != entry.acknowledged {
                let explained = match (&entry.acknowledged, &entry.under_way, &now) {
                    (Some(_), Some(Change::Delete), None) => true,
                    (Some(before), Some(Change::Rename(name)), Some(now)) => {
                        is_renamed(before, now, name)
                    }
                    _ => false,
                };
                assert!(explained, "{id}: {now:?} is not {entry:?}");
            }
            entry.acknowledged = now;
            entry.under_way = None;
        }
        // What is left was made by requests whose answers never came.
        assert!(
            found.len() <= self.unanswered_creations,
            "from nowhere: {found:?}"
        );
        self.unanswered_creations = 0;
        for (id, room) in found {
            let entry = Entry {
                acknowledged: Some(room),
                under_way: None,
            };
            self.rooms.insert(id, entry);
        }
    }
}

fn id_of(room: &Value) -> String {
    room["id"].as_str().unwrap().to_owned()
}

/// Whether it is the same room but for its new name and the time of the change.
fn is_renamed(before: &Value, now: &Value, name: &str) -> bool {
    let mut expected = before.clone();
    expected["unique_name"] = name.into();
    expected["updated_at"] = now["updated_at"].clone();
    *now == expected
}
