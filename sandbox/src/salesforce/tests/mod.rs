//! Walks
