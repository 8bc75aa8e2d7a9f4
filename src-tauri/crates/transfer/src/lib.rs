//! Moving bytes: upload and download, streams, hashing, resumption, safe files.
//!
//! An empty room so far.
