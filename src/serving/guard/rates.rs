//! How often may be asked: a token bucket for each token and each address.
//!
//! A bucket is one number, the time at which it will be full again (the «generic cell rate algorithm»).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::super::refusal::{Reason, Refusal};
use crate::config;

/// Addresses that are remembered: of the rest, those that asked last.
const SHARDS: usize = 16;
const OF_A_SHARD: usize = 2048;

/// All buckets.
pub struct Rates {
    start: Instant,
    token: Option<Bucket>,
    address: Option<Bucket>,
    /// By the place of the token.
    tokens: Mutex<Vec<u64>>,
    hasher: RandomState,
    addresses: Vec<Mutex<Shard>>,
}

/// How a bucket fills, in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    interval: u64,
    /// How long it takes to fill, but for one.
    room: u64,
}

/// When the buckets of addresses will be full. What was not asked for while `recent` filled goes.
#[derive(Default)]
struct Shard {
    recent: HashMap<u64, u64>,
    older: HashMap<u64, u64>,
}

impl Rates {
    /// As the config says.
    pub fn new(rates: &config::Rates) -> Self {
        let bucket = |rate: &config::Rate| Bucket::new(rate.interval, rates.burst.value);
        Self {
            start: Instant::now(),
            token: rates.per_token.as_ref().map(bucket),
            address: rates.per_address.as_ref().map(bucket),
            tokens: Mutex::default(),
            hasher: RandomState::new(),
            addresses: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Whether there are any.
    pub fn any(&self) -> bool {
        self.token.is_some() || self.address.is_some()
    }

    /// Counts a request of a token.
    ///
    /// # Errors
    /// 429 where there were too many.
    pub fn token(&self, place: usize, now: Instant) -> Result<(), Refusal> {
        let Some(bucket) = self.token else { return Ok(()) };
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() <= place {
            tokens.resize(place + 1, 0);
        }
        bucket.take(&mut tokens[place], self.time(now)).map_err(|wait| too_often(Reason::TokenRate, "token", wait))
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// 429 where there were too many.
    pub fn address(&self, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        let Some(bucket) = self.address else { return Ok(()) };
        let key = match address.to_canonical() {
            // None of the networks that IPv6 has begins with a zero byte, but for the loopback.
            IpAddr::V4(address) => u64::from(address.to_bits()),
            // Whoever has one such address has the 64 bits that follow, too.
            IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
        };
        let shard = &self.addresses[self.hasher.hash_one(key) as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(shard.full(key), self.time(now)).map_err(|wait| too_often(Reason::AddressRate, "address", wait))
    }

    fn time(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Bucket {
    fn new(interval: Duration, burst: u32) -> Self {
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        Self { interval, room: interval.saturating_mul(u64::from(burst.saturating_sub(1))) }
    }

    /// Takes one out of the bucket that will be full at a time; where it is empty, how long to wait for one.
    fn take(self, full: &mut u64, now: u64) -> Result<(), Duration> {
        let filling = full.saturating_sub(now);
        if filling > self.room {
            return Err(Duration::from_nanos(filling - self.room));
        }
        *full = (*full).max(now).saturating_add(self.interval);
        Ok(())
    }
}

impl Shard {
    /// When the bucket of an address will be full: long since, where it is not remembered.
    fn full(&mut self, key: u64) -> &mut u64 {
        if self.recent.len() >= OF_A_SHARD && !self.recent.contains_key(&key) {
            self.older = std::mem::take(&mut self.recent);
        }
        let older = &self.older;
        self.recent.entry(key).or_insert_with(|| older.get(&key).copied().unwrap_or(0))
    }
}

fn too_often(reason: Reason, whose: &str, wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Refusal::new(reason, format!("too many requests of this {whose}"))
        .hint(format!("ask again in {seconds} s"))
        .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(per_address: &str, burst: u32) -> Rates {
        let rate = config::Rate::try_from(per_address.to_owned()).unwrap();
        let burst = crate::yaml::Located::new(burst);
        Rates::new(&config::Rates { per_token: Some(rate.clone()), per_address: Some(rate), burst })
    }

    #[test]
    fn a_burst_passes_then_as_many_as_the_rate_says() {
        let rates = rates("10/s", 5);
        let start = rates.start;
        let passed = |address: &str, at: u64| {
            let now = start + Duration::from_millis(at);
            (0..20).filter(|_| rates.address(address.parse().unwrap(), now).is_ok()).count()
        };
        assert_eq!(passed("10.0.0.1", 0), 5);
        assert_eq!(passed("10.0.0.1", 99), 0);
        assert_eq!(passed("10.0.0.1", 300), 3);
        assert_eq!(passed("10.0.0.2", 300), 5, "each has its own");
        assert_eq!(passed("10.0.0.1", 60_000), 5, "no more than the burst is saved up");
        assert_eq!(passed("2001:db8::1", 0), 5);
        assert_eq!(passed("2001:db8::ffff:1", 0), 0, "the same 64 bits");
        assert_eq!(passed("2001:db8:0:1::1", 0), 5, "others");
        assert_eq!(passed("::ffff:10.9.9.9", 0), 5);
        assert_eq!(passed("10.9.9.9", 0), 0, "the same address");
        let tokens = |place: usize| (0..20).filter(|_| rates.token(place, start).is_ok()).count();
        assert_eq!((tokens(3), tokens(3), tokens(0)), (5, 0, 5));
    }

    #[test]
    fn memory_is_bounded_and_the_busy_are_remembered() {
        let rates = rates("1/h", 1);
        let now = rates.start;
        let busy: IpAddr = "192.0.2.1".parse().unwrap();
        assert!(rates.address(busy, now).is_ok());
        for address in 0..200_000u32 {
            rates.address(IpAddr::V4(address.into()), now).ok();
            if address % 1000 == 0 {
                assert!(rates.address(busy, now).is_err(), "{address}");
            }
        }
        let kept: usize =
            rates.addresses.iter().map(|shard| shard.lock().unwrap()).map(|s| s.recent.len() + s.older.len()).sum();
        assert!(kept <= 2 * SHARDS * OF_A_SHARD, "{kept}");
    }

    #[test]
    fn the_wait_is_told_in_whole_seconds() {
        let rates = rates("1/min", 1);
        let address: IpAddr = "::1".parse().unwrap();
        rates.address(address, rates.start).unwrap();
        let refusal = rates.address(address, rates.start + Duration::from_millis(500)).unwrap_err();
        assert_eq!(refusal.reason, Reason::AddressRate);
        assert_eq!(refusal.respond().headers()["retry-after"], "60");
    }
}
