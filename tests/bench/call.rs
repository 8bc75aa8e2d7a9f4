//! Calls: how soon they begin, by how many ways, how late and how whole what is said arrives, and what they take.
//!
//! `PART` names one of the parts; without it, all are measured one after the other. How much of an echo is left is always
//! the same, and is therefore a test (`sound/process/tests.rs`).

mod begin;
mod loss;
mod matrix;
mod memory;
mod mouth;
mod window;

use harness::calling::people;
use harness::{Prosody, Result, Turn, bail, turn};

use crate::median;

const BENCH: &str = "call";

pub async fn run() -> Result<()> {
    match std::env::var("PART").unwrap_or_default().as_str() {
        "" => {
            begin::run().await?;
            mouth::run().await?;
            loss::run().await?;
            matrix::run().await?;
            window::run().await?;
            memory::run().await
        }
        "begin" => begin::run().await,
        "mouth" => mouth::run().await,
        "loss" => loss::run().await,
        "matrix" => matrix::run().await,
        "window" => window::run().await,
        "memory" => memory::run().await,
        other => bail!("there is no part “{other}”; there are: begin, mouth, loss, matrix, window, memory"),
    }
}

/// How a relay is spoken to (XEP-0215): `type` and `transport`.
#[derive(Clone, Copy)]
enum Over {
    Udp,
    Tcp,
    Tls,
}

/// A server that names a relay's port and no other; Mira and Juliet know each other.
async fn server_with(over: Over, port: u16) -> Result<Prosody> {
    let (kind, transport) = match over {
        Over::Udp => ("turn", "udp"),
        Over::Tcp => ("turn", "tcp"),
        Over::Tls => ("turns", "tcp"),
    };
    let service = format!(
        "{{ type = \"{kind}\", transport = \"{transport}\", host = \"localhost\", port = {port}, username = \"{}\", \
         password = \"{}\" }}",
        turn::USER,
        turn::PASSWORD
    );
    people(Prosody::builder().option(&format!("external_services = {{ {service} }}"))).await
}

/// The port of a relay for that.
fn port(relay: &Turn, over: Over) -> u16 {
    if matches!(over, Over::Tls) { relay.tls_port } else { relay.port }
}
