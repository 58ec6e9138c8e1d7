//! The bodies of the fuzz targets on mutated seeds: what holds of any input, where no fuzzer can be built.

use std::path::Path;

#[path = "../../fuzz/src/lib.rs"]
mod bodies;

/// Inputs per target, unless `MLOPS_FUZZ_INPUTS` says more; the seeds come first as they are.
const INPUTS: usize = 3_000;

#[test]
fn csv_files_read_back_as_they_were_read() {
    mutate("csv", bodies::csv);
}

#[test]
fn expressions_are_refused_or_give_every_row_its_value() {
    mutate("expression", bodies::expression);
}

#[test]
fn yaml_is_refused_or_understood_and_edits_change_one_value() {
    mutate("yaml", bodies::yaml);
}

#[test]
fn model_files_are_refused_or_answer() {
    for seed in seeds("model") {
        mlops::package::ModelPackage::from_bytes(&seed, "seed").unwrap();
    }
    mutate("model", bodies::model);
}

#[test]
fn requests_are_refused_or_answered() {
    mutate("request", bodies::request);
}

#[test]
fn texts_come_clean_and_become_rows() {
    mutate("text", bodies::text);
}

fn mutate(target: &str, body: fn(&[u8])) {
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| body(seed));
    let mut random = Random(target.bytes().map(u64::from).sum());
    let inputs = std::env::var("MLOPS_FUZZ_INPUTS").map_or(INPUTS, |text| text.parse().unwrap());
    for at in 0..inputs {
        let mut input = seeds[at % seeds.len()].clone();
        for _ in 0..=random.below(4) {
            random.change(&mut input, &seeds);
        }
        // The last input is what a failure is about.
        let failed = std::panic::catch_unwind(|| body(&input)).is_err();
        assert!(!failed, "{target} input {at}: {}", input.escape_ascii());
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn piece<'a>(&mut self, of: &'a [u8]) -> &'a [u8] {
        let from = self.below(of.len());
        &of[from..of.len().min(from + 1 + self.below(16))]
    }

    /// Flips, overwrites, cuts, doubles, or takes over a piece of another seed.
    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        const ODD: &[&[u8]] = &[b"\"", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"'", b":", b"-", b"9", b"e999"];
        let at = self.below(input.len() + 1);
        match self.below(5) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.next() as u8,
            2 => {
                let end = input.len().min(at + 1 + self.below(16));
                input.drain(at..end);
            }
            3 => {
                let odd = ODD[self.below(ODD.len())];
                input.splice(at..at, odd.iter().copied());
            }
            _ => {
                let other = self.below(seeds.len());
                let piece = self.piece(&seeds[other]).to_vec();
                input.splice(at..at, piece);
            }
        }
    }
}
