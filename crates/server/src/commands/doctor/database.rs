//! The database, opened for reading only, also beside a running server.

use std::fs;
use std::path::Path;

use greenroom_domain::Timestamp;
use greenroom_store_sqlite::{Inspection, OpenError, inspect, known_schema};

use super::finding::Finding;
use crate::archive;

/// A log that grows to this has a reader that never ends, or a checkpoint that never comes, in bytes.
const LOG_LARGE_BYTES: u64 = 256 * 1024 * 1024;

/// What is known of the database.
#[derive(Debug)]
pub(super) struct Database {
    /// `None` if there is none yet.
    looked_at: Option<Result<Inspection, OpenError>>,
    log_bytes: u64,
}

/// Looks at it. Reads all of it.
pub(super) async fn look(data: &Path) -> Database {
    let path = data.join(archive::DATABASE);
    let log = data.join(format!("{}-wal", archive::DATABASE));
    let log_bytes = fs::metadata(log).map_or(0, |log| log.len());
    let looked_at = if path.exists() {
        Some(inspect(data).await)
    } else {
        None
    };
    Database {
        looked_at,
        log_bytes,
    }
}

impl Database {
    /// When the newest record was written.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        match &self.looked_at {
            Some(Ok(inspection)) => inspection.newest,
            Some(Err(_)) | None => None,
        }
    }
}

/// What to make of it.
pub(super) fn judge(database: &Database) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &database.looked_at {
        None => findings.push(Finding::ok(
            "database_absent",
            "there is no database yet; the first start makes it",
        )),
        Some(Err(error)) => findings.push(unusable(error)),
        Some(Ok(inspection)) => findings.push(judge_inspection(inspection)),
    }
    if database.log_bytes > LOG_LARGE_BYTES {
        findings.push(Finding::warning(
            "database_log_large",
            format!(
                "the write-ahead log of the database has {} MiB",
                database.log_bytes / (1024 * 1024)
            ),
            "Look for a program that keeps the database open (`fuser`); a restart of the server empties the log",
        ));
    }
    findings
}

fn judge_inspection(inspection: &Inspection) -> Finding {
    if let Some(fault) = inspection.faults.first() {
        return Finding::problem(
            "database_damaged",
            format!("the database is damaged: {fault}"),
            "Stop the server, keep the files, and restore the last backup",
        );
    }
    let (schema, known) = (inspection.schema, known_schema());
    if schema < known {
        return Finding::ok(
            "database_older",
            format!(
                "the database is whole; its schema {schema} becomes {known} at the next start (back up before)"
            ),
        );
    }
    Finding::ok(
        "database",
        format!("the database is whole, and of schema {schema}"),
    )
}

fn unusable(error: &OpenError) -> Finding {
    let text = error.to_string();
    match error {
        OpenError::NewerSchema { .. } => Finding::problem(
            "database_newer",
            text,
            "Run the version that wrote it or a later one, or restore a backup from before the upgrade",
        ),
        OpenError::NotADatabase { .. } => Finding::problem(
            "database_damaged",
            text,
            "Stop the server, keep the files, and restore the last backup",
        ),
        OpenError::ForeignDatabase(_) => Finding::problem(
            "database_foreign",
            text,
            "Set another `data`: the directory belongs to another program",
        ),
        OpenError::NoDirectory(_) | OpenError::NotWritable { .. } | OpenError::Failed { .. } => {
            Finding::problem(
                "database_unreadable",
                text,
                "Run the doctor as the user that the server runs as; then look at the disk",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn ids(looked_at: Option<Result<Inspection, OpenError>>, log_bytes: u64) -> Vec<&'static str> {
        let database = Database {
            looked_at,
            log_bytes,
        };
        judge(&database).iter().map(|finding| finding.id).collect()
    }

    fn whole(schema: i64) -> Inspection {
        Inspection {
            schema,
            faults: Vec::new(),
            newest: None,
        }
    }

    #[test]
    fn a_database_is_judged() {
        let known = known_schema();
        assert_eq!(ids(None, 0), ["database_absent"]);
        assert_eq!(ids(Some(Ok(whole(known))), 0), ["database"]);
        assert_eq!(ids(Some(Ok(whole(known - 1))), 0), ["database_older"]);
        let log = LOG_LARGE_BYTES + 1;
        assert_eq!(
            ids(Some(Ok(whole(known))), log),
            ["database", "database_log_large"]
        );
        let damaged = Some(Ok(Inspection {
            schema: known,
            faults: vec!["row 1 missing from index".to_owned()],
            newest: None,
        }));
        assert_eq!(ids(damaged, 0), ["database_damaged"]);
        let newer = Some(Err(OpenError::NewerSchema {
            path: PathBuf::from("/x"),
            found: known + 1,
            known,
        }));
        assert_eq!(ids(newer, 0), ["database_newer"]);
    }
}
