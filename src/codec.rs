//! How fitted state becomes bytes: bincode 2 in its standard little-endian form, bounded on the way in.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// No section of a model file may make the reader allocate more than this.
const LIMIT: usize = 1 << 31;

/// The bytes of `value`.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    bincode::serde::encode_to_vec(value, bincode::config::standard())
        .map_err(|e| Error::failure("cannot encode a part of the model").because(e))
}

/// The value of `bytes`, all of which must be used.
///
/// # Errors
/// Exit code 1 for bytes that are not a `T`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let config = bincode::config::standard().with_limit::<LIMIT>();
    let damaged = || Error::failure("a part of the model is damaged");
    let (value, used) = bincode::serde::decode_from_slice(bytes, config).map_err(|e| damaged().because(e))?;
    if used == bytes.len() { Ok(value) } else { Err(damaged()) }
}
