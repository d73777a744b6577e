//! What a plugin keeps: read from memory, written through the journal before it is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use madang_journal::{Batch, Journal, ReadError, ScopeLimit, ShopId, ValueChange, WriteError};
use madang_plugin_protocol::{Failure, size_in_words};
use madang_till::world::Chance;

use crate::seal::SealingKey;

/// Bytes of keys and values of one plugin's store: a counter for every guest of a busy shop, and no file.
const STORE_BYTES_MAX: usize = 5 << 20;
/// Bytes of one value: what its message's own limit lets through.
const VALUE_BYTES_MAX: usize = 1 << 20;
/// Bytes of one key.
const KEY_BYTES_MAX: usize = 256;
/// Keys of one store: what one read of the journal brings.
const KEYS_MAX: u32 = 10_000;

/// One store of one plugin.
pub(crate) struct Store {
    scope: String,
    shop: ShopId,
    journal: Arc<dyn Journal>,
    seal: Option<(SealingKey, Arc<dyn Chance>)>,
    values: Mutex<HashMap<String, String>>,
}

impl Store {
    /// Reads what is there. Values of a sealed store stay sealed in memory as well.
    pub async fn open(
        journal: Arc<dyn Journal>,
        shop: ShopId,
        scope: String,
        seal: Option<(SealingKey, Arc<dyn Chance>)>,
    ) -> Result<Self, ReadError> {
        let values = journal
            .values(&scope, "", KEYS_MAX)
            .await?
            .into_iter()
            .collect();
        Ok(Self {
            scope,
            shop,
            journal,
            seal,
            values: Mutex::new(values),
        })
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Result<Option<String>, Failure> {
        let Some(value) = self.values().get(key).cloned() else {
            return Ok(None);
        };
        match &self.seal {
            None => Ok(Some(value)),
            Some((sealing, _)) => sealing
                .open(&self.scope, &value)
                .map(Some)
                .map_err(|error| Failure::new(error.to_string())),
        }
    }

    /// Keeps `value` under `key`, or forgets the key; returns when it is on the disk.
    pub async fn set(&self, key: String, value: Option<String>) -> Result<(), Failure> {
        check(&key, value.as_deref())?;
        self.check_room(&key, value.is_some())?;
        let kept = value.map(|value| match &self.seal {
            None => value,
            Some((sealing, chance)) => sealing.seal(&**chance, &self.scope, &value),
        });
        let before = self.put(&key, kept.clone());
        let mut batch = Batch::new(self.shop.clone());
        batch.values.push(ValueChange {
            scope: self.scope.clone(),
            key: key.clone(),
            value: kept,
        });
        batch.scope_limits.push(ScopeLimit {
            scope: self.scope.clone(),
            bytes_max: STORE_BYTES_MAX as u64,
        });
        match self.journal.write(batch).await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.put(&key, before);
                Err(failure(&error))
            }
        }
    }

    fn check_room(&self, key: &str, adds: bool) -> Result<(), Failure> {
        let values = self.values();
        if adds && values.len() >= KEYS_MAX as usize && !values.contains_key(key) {
            return Err(Failure::new(format!(
                "저장한 key가 너무 많아요: {KEYS_MAX}개까지예요 (a store has at most {KEYS_MAX} keys)"
            )));
        }
        Ok(())
    }

    fn put(&self, key: &str, value: Option<String>) -> Option<String> {
        match value {
            Some(value) => self.values().insert(key.to_owned(), value),
            None => self.values().remove(key),
        }
    }

    fn values(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(key: &str, value: Option<&str>) -> Result<(), Failure> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(Failure::new(format!(
            "key는 1~{KEY_BYTES_MAX}바이트여야 해요 (the key must have 1 to {KEY_BYTES_MAX} bytes)"
        )));
    }
    match value {
        Some(value) if value.len() > VALUE_BYTES_MAX => Err(Failure::new(format!(
            "값이 너무 커요: {max}까지예요 (a value has at most {max})",
            max = size_in_words(VALUE_BYTES_MAX)
        ))),
        _ => Ok(()),
    }
}

fn failure(error: &WriteError) -> Failure {
    match error {
        WriteError::ScopeFull { .. } => Failure::new(format!(
            "저장 공간이 가득 찼어요: {max}까지예요 (the store holds at most {max})",
            max = size_in_words(STORE_BYTES_MAX)
        )),
        error => Failure::new(format!("저장하지 못했어요 ({error})")),
    }
}
