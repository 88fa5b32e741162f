//! Documents that the operator publishes, kept as they came, readable without a network.

use crate::store::{Records, StoreError};
use rusqlite::OptionalExtension;
use serde::de::DeserializeOwned;

/// The document at a path; none if it was never fetched or a later version of the app wrote it.
pub(crate) fn get<T: DeserializeOwned>(records: &Records<'_>, path: &str) -> Result<Option<T>, StoreError> {
    let sql = "SELECT body FROM document WHERE path = ?1";
    let found: Option<Vec<u8>> = records.row(sql, [path], |row| row.get(0)).optional()?;
    Ok(found.and_then(|body| serde_json::from_slice(&body).ok()))
}

/// Keeps an answer. One that is not what the contract says is not kept, and false is answered.
pub(crate) fn put<T: DeserializeOwned>(
    records: &Records<'_>,
    path: &str,
    etag: Option<&str>,
    body: &[u8],
    now_ms: i64,
) -> Result<bool, StoreError> {
    if serde_json::from_slice::<T>(body).is_err() {
        return Ok(false);
    }
    records.run(
        "INSERT INTO document (path, etag, body, fetched_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (path) DO UPDATE SET etag = excluded.etag, body = excluded.body, fetched_ms = excluded.fetched_ms",
        (path, etag, body, now_ms),
    )?;
    Ok(true)
}

/// The document is still the present one (HTTP 304).
pub(crate) fn unchanged(records: &Records<'_>, path: &str, now_ms: i64) -> Result<(), StoreError> {
    records.run("UPDATE document SET fetched_ms = ?2 WHERE path = ?1", (path, now_ms))?;
    Ok(())
}
