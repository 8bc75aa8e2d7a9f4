//! SOCKS5 bytestreams (XEP-0065, XEP-0260): sockets that are told apart by a hash which only the two sides know. Which
//! one is taken is settled elsewhere; here are the listening, the connecting, and the addresses worth telling.

mod connect;
mod listen;
mod local;
mod wire;

pub use connect::{Candidate, Connector};
pub use listen::{Accepted, Listener, Waiting};
pub use local::{addresses, offerable};

/// `DST.ADDR` of a bytestream: lower-case hexadecimal SHA-1 of the stream's id and the two full addresses, first that
/// of who offers the candidate (XEP-0065 §5.3.2, XEP-0260 §2.2). So what we listen for, or ask our proxy for, begins
/// with ours, and what we ask the peer's candidates for begins with theirs; what the peer writes as `dstaddr` goes
/// before it.
pub fn address(sid: &str, owner: &str, other: &str) -> String {
    let mut hasher = crate::file::Hasher::new([crate::file::Algo::Sha1]);
    [sid, owner, other].iter().for_each(|text| hasher.update(text.as_bytes()));
    hasher.finish().iter().map(|hash| crate::file::hex(&hash.value)).collect()
}

#[cfg(test)]
mod tests;
