//! Terms to features without a vocabulary: by MurmurHash3, as scikit-learn's `HashingVectorizer`.

/// The 32-bit MurmurHash3 of Austin Appleby with seed 0.
fn murmur3(bytes: &[u8]) -> u32 {
    let mix = |k: u32| k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut hash = 0u32;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        hash = (hash ^ mix(u32::from_le_bytes(*word))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    if !rest.is_empty() {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        hash ^= mix(u32::from_le_bytes(last));
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// The feature of a term among `width`, and its sign.
pub fn feature(term: &str, width: u32) -> (u32, f64) {
    let hash = murmur3(term.as_bytes()) as i32;
    (hash.unsigned_abs() % width, if hash < 0 { -1.0 } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_murmur3() {
        // sklearn.utils.murmurhash3_32(text, positive=True)
        for (text, expected) in [
            ("", 0),
            ("a", 1_009_084_850),
            ("hello", 613_153_351),
            ("good book", 2_867_641_405),
            ("naïve ñandú", 2_001_088_099),
        ] {
            assert_eq!(murmur3(text.as_bytes()), expected, "{text}");
        }
    }
}
