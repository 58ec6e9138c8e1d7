//! Properties every algorithm must have.
