//! The conformance stories, on databases in directories of their own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use greenroom_store::Store;
use greenroom_store::stories::Backend;
use greenroom_store_sqlite::SqliteStore;
use tempfile::TempDir;

struct Sqlite {
    dir: TempDir,
}

#[async_trait]
impl Backend for Sqlite {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(self.dir.path()).await.unwrap())
    }
}

fn empty_database() -> Sqlite {
    Sqlite {
        dir: tempfile::tempdir().unwrap(),
    }
}

greenroom_store::conformance_stories!(empty_database);
