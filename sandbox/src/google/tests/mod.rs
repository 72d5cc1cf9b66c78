//! Walks through the API over HTTP.
