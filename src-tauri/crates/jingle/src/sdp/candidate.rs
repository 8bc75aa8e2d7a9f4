//! Candidates as lines (RFC 8839 §5.1).

use crate::ice::{Candidate, Kind};

/// The attribute's value, `candidate:…`.
pub fn write_candidate(candidate: &Candidate, ufrag: Option<&str>) -> String {
    let Candidate { foundation, component, priority, address, port, kind, related, generation, network, .. } =
        candidate;
    let kind = kind.name();
    let mut line = format!("candidate:{foundation} {component} udp {priority} {address} {port} typ {kind}");
    if let Some((address, port)) = related {
        line.push_str(&format!(" raddr {address} rport {port}"));
    }
    line.push_str(&format!(" generation {generation} network-id {network}"));
    if let Some(ufrag) = ufrag {
        line.push_str(&format!(" ufrag {ufrag}"));
    }
    line
}

/// `None` for one that XEP-0176 has no words for: of TCP, or with a name for an address. `id` becomes the candidate's.
pub fn read_candidate(line: &str, id: String) -> Option<Candidate> {
    let line = line.trim().trim_start_matches("a=");
    let mut words = line.strip_prefix("candidate:")?.split_ascii_whitespace();
    let foundation = words.next()?.to_owned();
    let component = words.next()?.parse().ok()?;
    if !words.next()?.eq_ignore_ascii_case("udp") {
        return None;
    }
    let priority = words.next()?.parse().ok()?;
    let address = words.next()?.parse().ok()?;
    let port = words.next()?.parse().ok()?;
    let kind = (words.next()? == "typ").then(|| words.next()).flatten().and_then(Kind::read)?;
    let mut candidate = Candidate {
        id,
        component,
        foundation,
        generation: 0,
        address,
        port,
        priority,
        kind,
        related: None,
        network: 0,
    };
    let (mut related, mut related_port) = (None, 0);
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        match name {
            "raddr" => related = value.parse().ok(),
            "rport" => related_port = value.parse().unwrap_or(0),
            "generation" => candidate.generation = value.parse().unwrap_or(0),
            "network-id" => candidate.network = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    candidate.related = related.map(|address| (address, related_port));
    Some(candidate)
}
