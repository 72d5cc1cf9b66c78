//! The parts of what runs all the time: for now the receiver of webhooks.

pub mod webhooks;
