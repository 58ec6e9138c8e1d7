//! What files hold, and DVC's store of what they held.

mod checkout;
mod hash;
mod ignore;
mod listing;
mod md5;
mod objects;
mod pattern;
mod program;
mod spread;
mod state;
mod walk;

pub use checkout::{Checkout, checkout};
pub use hash::Hasher;
pub(super) use listing::Listing;
pub use objects::Objects;
pub(super) use pattern::{Dialect, Pattern};

#[cfg(test)]
mod tests;
