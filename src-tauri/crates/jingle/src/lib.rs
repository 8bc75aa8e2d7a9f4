//! The Jingle machine and its descriptions: pure, with stanzas, timers and engine events as inputs.
//!
//! An empty room so far: calls and files between contacts will live here.
