//! Webhooks from the vendor's POST to the write on the other side, over HTTP: what is taken in, what is refused, and that their
//! order, number and time do not matter.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)] // helpers of tests may fail too

mod disorder;
mod forged;
mod journey;
mod mailchimp;
mod world;
