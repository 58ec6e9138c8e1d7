//! Addresses that share their first bits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A network such as `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Network {
    base: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether an address is in it. IPv4 written as IPv6 is IPv4.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(other)) => first(base, self.bits) == first(other, self.bits),
            (IpAddr::V6(base), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                base.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// The first bits of an address.
fn first(address: Ipv4Addr, bits: u32) -> u32 {
    address.to_bits() & u32::MAX.checked_shl(32 - bits).unwrap_or(0)
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address or network, such as `10.0.0.7`, `10.0.0.0/8` or `fd00::/8`");
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits)),
            None => (text.as_str(), None),
        };
        let base: IpAddr = base.trim().parse().map_err(|_| wrong())?;
        let all = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(all), |bits| bits.trim().parse().ok().filter(|bits| *bits <= all));
        let network = Self { base, bits: bits.ok_or_else(wrong)? };
        let start = match base {
            IpAddr::V4(base) => IpAddr::V4(Ipv4Addr::from_bits(first(base, network.bits))),
            IpAddr::V6(base) => {
                let mask = u128::MAX.checked_shl(128 - network.bits).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(base.to_bits() & mask))
            }
        };
        if start != base {
            return Err(format!("`{text}` has bits beyond the network's: `{start}/{}` is meant", network.bits));
        }
        Ok(network)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        format!("{}/{}", network.base, network.bits)
    }
}
