//! Anything a server may say while signing in, line by line: a challenge, its proof, its mechanisms and channel bindings,
//! and its mechanisms for tokens. Whatever it says, nothing weak is chosen and only what it must know convinces.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use waxwing_session::fast::{Bound, Inline, Ticket};
use waxwing_session::mechanism::{Mechanism, Offer, choose};
use waxwing_session::scram::{Binding, Guard, Hash, Scram};
use waxwing_session::tls::TlsInfo;

/// Of the example in RFC 7677 §3.
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

pub fn run(data: &[u8]) {
    let mut lines = data.splitn(5, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (challenge, proof) = (line(), line());
    let mut words = || String::from_utf8_lossy(line()).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (mechanisms, bindings, tokens) = (words(), words(), words());
    let mut agreed = (Hash::Sha256, Binding::None, Guard::default());
    for (exporter, end_point) in [(None, None), (None, Some(vec![2])), (Some(vec![1]), Some(vec![2]))] {
        let (version, cipher, fingerprint) = ("TLS 1.3", String::new(), String::new());
        let tls = TlsInfo { version, cipher, fingerprint, exporter, end_point };
        for sasl2 in [false, true] {
            let bindings = Some(bindings.clone()).filter(|bindings| sasl2 || !bindings.is_empty());
            let offer = Offer { mechanisms: mechanisms.clone(), bindings, sasl2 };
            for was_bound in [true, false] {
                let Ok(chosen) = choose(&offer, &tls, was_bound) else { continue };
                is_strongest(&chosen, &offer);
                assert!(!was_bound || chosen.guard.lost || matches!(chosen.binding, Binding::Bound { .. }));
                agreed = (chosen.hash, chosen.binding, chosen.guard);
            }
        }
        token(&tokens, &tls, challenge, proof);
    }
    // Once: this is what takes time.
    exchange(agreed, challenge, proof);
}

fn is_strongest(chosen: &Mechanism, offer: &Offer) {
    let offered = |name: &str| offer.mechanisms.iter().any(|offered| offered == name);
    assert!(chosen.name.starts_with("SCRAM-") && offered(chosen.name));
    let plus = if let Binding::Bound { name, .. } = chosen.binding {
        assert!(offer.bindings.iter().flatten().any(|offered| offered == name));
        "-PLUS"
    } else {
        ""
    };
    let strongest = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"].map(|name| format!("{name}{plus}"));
    assert_eq!(strongest.into_iter().find(|name| offered(name)).as_deref(), Some(chosen.name));
}

fn exchange((hash, binding, guard): (Hash, Binding, Guard), challenge: &[u8], proof: &[u8]) {
    // More iterations take longer and find nothing.
    let text = String::from_utf8_lossy(challenge);
    let mut counts = text.split(',').filter_map(|field| field.strip_prefix("i=")?.parse::<u32>().ok());
    if counts.any(|count| (4097..=1_000_000).contains(&count)) {
        return;
    }
    let scram = Scram::new(hash, "user", "pencil", binding, NONCE).expect("nothing prohibited").guarded(guard);
    let first = String::from_utf8(scram.first()).expect("text");
    let header = &first[..first.len() - format!("n=user,r={NONCE}").len()];
    let Ok((answer, verify)) = scram.answer(challenge) else { return };
    let answer = String::from_utf8(answer).expect("text");
    let [binding, nonce, _] = answer.split(',').collect::<Vec<_>>()[..] else { panic!("{answer}") };
    let bound = binding.strip_prefix("c=").and_then(|bound| BASE64.decode(bound).ok()).expect("base64");
    assert!(bound.starts_with(header.as_bytes()));
    assert!(nonce.strip_prefix("r=").and_then(|nonce| nonce.strip_prefix(NONCE)).is_some_and(|new| !new.is_empty()));
    if verify.check(proof).is_ok() {
        assert!(proof.starts_with(b"v=") && proof.len() >= 30);
    }
}

fn token(tokens: &[String], tls: &TlsInfo, token: &[u8], proof: &[u8]) {
    for signed_in in [None, Some("tls-server-end-point"), Some("tls-exporter")] {
        let Some(bound) = Bound::choose(tokens, tls, signed_in) else { continue };
        assert!(tokens.iter().any(|offered| offered == bound.mechanism()));
        assert!(signed_in.is_none() || bound.binding().is_some(), "bound more weakly than the sign-in");
        let Some(ticket) = Ticket::new(bound, &String::from_utf8_lossy(token), Inline::default()) else { continue };
        let (response, verify) = ticket.prove("user", tls).expect("it was chosen for this connection");
        assert!(response.starts_with(b"user\0"));
        assert!(verify.check(proof).is_err() || proof.len() == 32);
    }
}
