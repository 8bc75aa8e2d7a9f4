//! The call engine: transport, codecs, devices, screen.
//!
//! An empty room so far.
