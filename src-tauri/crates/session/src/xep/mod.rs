//! Payloads, one file for each family of specifications: read leniently from the element, written strictly.

pub mod adhoc;
pub mod archive;
pub mod avatar;
pub mod blocking;
pub mod bob;
pub mod caps;
pub mod directory;
pub mod disco;
pub mod displayed;
pub mod extdisco;
pub mod message;
pub mod pie;
pub mod presence;
pub mod registration;
pub mod roster;
pub mod services;
pub mod sharing;
pub mod time;
pub mod upload;
pub mod vcard;
pub mod version;
