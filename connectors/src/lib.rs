//! One connector per vendor, behind one contract ([`contract::Connector`]).
//!
//! Connectors talk HTTP and nothing else: they never see the state store, and no connector knows another.

pub mod auth;
pub mod conformance;
pub mod contract;
mod discreet;
pub mod drift;
pub mod error;
pub mod google;
pub mod http;
mod ledger;
pub mod mailchimp;
pub mod memory;
mod moment;
pub mod salesforce;
mod tagging;
pub mod webhook;
