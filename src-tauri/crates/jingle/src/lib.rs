//! jingle
