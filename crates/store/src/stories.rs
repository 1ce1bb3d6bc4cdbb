//! Conformance stories: what every backend has to do, one behaviour each.
//!
//! A backend runs all of them, each against an empty database of its own, with
//! [`conformance_stories!`](crate::conformance_stories). A story fails by an assertion or an error.
//!
//! To add one: a `pub async fn` in the file of its subject and its name in the list below.

#![expect(
    clippy::missing_panics_doc,
    reason = "every story panics when it fails, as a test does"
)]

pub mod api_keys;
pub mod dead_letters;
pub mod deliveries;
pub mod durability;
pub mod foreign_changes;
mod meetings;
pub mod outbox;
pub mod participant_lists;
pub mod participants;
pub mod revocations;
pub mod room_lists;
pub mod room_names;
pub mod rooms;
pub mod rotations;
pub mod session_lists;
pub mod sessions;
mod support;
pub mod units_of_work;

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;

use crate::Store;

/// How a story ends.
pub type Story = Result<(), Box<dyn Error + Send + Sync>>;

/// One database of the backend that is put to the test; empty at first.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Opens the database: again after it was closed, or once more beside those who have it open
    /// already, as another process would.
    async fn open(&self) -> Arc<dyn Store>;
}

/// Makes a test of every story. Takes the name of a function without arguments that makes a
/// [`Backend`] with an empty database. Needs `tokio` with the features
/// `macros`, `rt-multi-thread` and `time`.
#[macro_export]
macro_rules! conformance_stories {
    ($backend:ident) => {
        $crate::story_tests! { $backend,
            on_a_store rooms {
                every_field_comes_back,
                bounds_and_unicode_come_back,
                what_was_never_there_is_none,
                a_room_needs_an_account,
                an_update_replaces_settings_only,
                an_update_clears_what_is_none,
                an_update_needs_the_room,
                a_deleted_room_is_gone,
                a_delete_needs_the_room,
                an_id_is_never_used_again,
                a_unit_of_work_sees_its_own_room,
            }
            on_a_store room_names {
                a_name_is_taken_once,
                a_name_belongs_to_its_account,
                names_compare_exactly,
                any_number_of_rooms_has_no_name,
                a_name_is_free_after_a_delete,
                a_name_is_free_after_a_rename,
                a_rename_to_a_taken_name_is_refused,
            }
            on_a_store room_lists {
                newest_first_then_by_id,
                three_pages_and_beyond,
                an_empty_account_lists_nothing,
                a_list_shows_the_accounts_rooms_only,
                deleted_rooms_are_not_listed,
                totals_follow_every_write,
                a_name_narrows_exactly,
                days_of_creation_have_sharp_edges,
                days_of_change_have_sharp_edges,
                filters_hold_together,
                filtered_lists_have_pages_too,
            }
            on_a_store api_keys {
                every_field_comes_back,
                several_keys_share_a_prefix,
                prefixes_compare_exactly,
                a_key_is_revoked_once,
                last_use_never_moves_back,
                keys_are_listed_oldest_first,
                a_key_needs_an_account,
                the_first_account_is_the_oldest,
            }
            on_a_store revocations {
                a_record_stands_until_its_end,
                the_later_end_holds,
                ended_records_are_forgotten,
            }
            on_a_store rotations {
                a_rotation_comes_back_whole,
                a_rotation_is_what_was_saved_last,
                what_is_dropped_moves_no_family,
                ended_rotations_are_forgotten,
                a_revoked_token_stands_until_its_end,
            }
            on_a_store sessions {
                a_session_comes_back_whole,
                a_session_belongs_to_its_account,
                a_session_ends_once,
                a_room_has_one_active_session,
                a_session_needs_its_room,
                sessions_outlive_their_room,
                the_active_session_of_each_room,
                the_newest_sessions_of_each_room,
                open_sessions_show_who_is_there,
                the_last_sign_of_life_is_kept,
                what_is_dropped_leaves_nothing,
            }
            on_a_store session_lists {
                newest_first_then_by_id,
                three_pages_and_beyond,
                a_list_shows_the_accounts_sessions_only,
                active_ones_and_others,
                days_have_sharp_edges,
                filters_hold_together,
            }
            on_a_store participants {
                a_participant_comes_back_whole,
                a_participant_belongs_to_its_account,
                of_several_the_one_that_joined_last,
                a_participant_leaves_once,
                whoever_comes_back_is_there_again,
                a_context_changes_while_one_is_there,
                a_participant_needs_a_session,
                the_session_changes_with_who_is_in_it,
                the_last_to_join_each_session,
            }
            on_a_store participant_lists {
                last_to_join_first_then_by_id,
                three_pages_and_beyond,
                a_list_shows_the_accounts_participants_only,
                a_context_narrows_exactly,
                days_have_sharp_edges,
                filters_hold_together,
                totals_follow_every_write,
            }
            on_a_store dead_letters {
                a_dead_letter_makes_way,
                nowhere_to_go_is_for_all_of_a_room,
                a_replayed_event_takes_its_old_place,
                dead_letters_are_replayed_together,
                a_full_queue_takes_no_more,
                old_events_are_forgotten,
            }
            on_a_store deliveries {
                an_account_sees_its_own,
                deleted_rooms_have_told_what_they_told,
                filters_follow_every_write,
                events_of_every_type_are_listed,
                what_is_dropped_is_not_listed,
                long_lists_have_pages,
                attempts_and_turns_are_told,
            }
            on_a_store outbox {
                an_event_needs_somewhere_to_go,
                events_come_back_whole,
                an_event_shares_the_fate_of_its_unit_of_work,
                a_room_keeps_its_order,
                a_retry_holds_back_one_room,
                the_present_url_counts,
                the_log_has_every_attempt,
                the_backlog_is_counted,
                lists_are_narrowed,
            }
            on_a_store units_of_work {
                what_is_dropped_leaves_nothing,
                a_commit_shows_everything_at_once,
                a_reader_is_not_blocked_by_a_writer,
                writers_queue,
                a_dropped_writer_lets_the_next_one_in,
                after_an_error_nothing_is_kept,
                a_store_that_is_well_says_so,
            }
            on_a_backend durability {
                a_commit_outlives_the_store,
                a_drop_leaves_nothing_after_reopening,
                a_closed_store_takes_no_writes,
            }
            on_a_backend foreign_changes {
                own_commits_do_not_move_it,
                a_commit_elsewhere_moves_it,
                what_was_rolled_back_elsewhere_does_not_move_it,
                whoever_sees_it_move_sees_the_commit,
                writers_elsewhere_queue_too,
            }
        }
    };
}

/// The tests of the stories in a list; see [`conformance_stories!`](crate::conformance_stories).
#[doc(hidden)]
#[macro_export]
macro_rules! story_tests {
    ($backend:ident, $($kind:ident $subject:ident { $($story:ident,)* })*) => {
        $(mod $subject {
            $($crate::story_test! { $kind, $backend, $subject, $story })*
        })*
    };
}

/// The test of one story; see [`conformance_stories!`](crate::conformance_stories).
#[doc(hidden)]
#[macro_export]
macro_rules! story_test {
    (on_a_store, $backend:ident, $subject:ident, $story:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $story() -> $crate::stories::Story {
            let backend = super::$backend();
            let store = $crate::stories::Backend::open(&backend).await;
            let story = $crate::stories::$subject::$story(&*store);
            tokio::time::timeout($crate::stories::LIMIT, story).await?
        }
    };
    (on_a_backend, $backend:ident, $subject:ident, $story:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $story() -> $crate::stories::Story {
            let backend = super::$backend();
            let story = $crate::stories::$subject::$story(&backend);
            tokio::time::timeout($crate::stories::LIMIT, story).await?
        }
    };
}

/// How long a story may take before it counts as stuck.
pub const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

#[cfg(test)]
mod tests {
    #[test]
    fn every_story_is_in_the_list() {
        let list = include_str!("stories.rs");
        for subject in [
            include_str!("stories/api_keys.rs"),
            include_str!("stories/dead_letters.rs"),
            include_str!("stories/deliveries.rs"),
            include_str!("stories/durability.rs"),
            include_str!("stories/foreign_changes.rs"),
            include_str!("stories/outbox.rs"),
            include_str!("stories/participant_lists.rs"),
            include_str!("stories/participants.rs"),
            include_str!("stories/revocations.rs"),
            include_str!("stories/room_lists.rs"),
            include_str!("stories/room_names.rs"),
            include_str!("stories/rooms.rs"),
            include_str!("stories/rotations.rs"),
            include_str!("stories/session_lists.rs"),
            include_str!("stories/sessions.rs"),
            include_str!("stories/units_of_work.rs"),
        ] {
            for start in subject.split("pub async fn ").skip(1) {
                let name = start.split('(').next().unwrap();
                assert!(list.contains(&format!("    {name},\n")), "{name}");
            }
        }
    }
}
