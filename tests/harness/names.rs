//! A name server on loopback that knows where some servers are (RFC 1035, RFC 2782), and of nothing else.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::{net::UdpSocket, task::JoinHandle};

/// Answers until it is dropped.
pub struct Names {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

const SRV: &[u8] = &[0, 33, 0, 1];
/// Where every server here is.
const LOCALHOST: &[u8] = b"\x09localhost\0";

impl Names {
    /// Of services such as `_xmpp-server._tcp.example.test`, and the ports where they are.
    pub async fn start(services: Vec<(String, u16)>) -> Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await?;
        let address = socket.local_addr()?;
        let task = tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = answer(&buffer[..length], &services) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// To a message with one question.
fn answer(query: &[u8], services: &[(String, u16)]) -> Option<Vec<u8>> {
    let (head, rest) = query.split_at_checked(12)?;
    let end = rest.iter().position(|byte| *byte == 0)? + 1;
    let (name, of) = (rest.get(..end)?, rest.get(end..end + 4)?);
    let found = services.iter().find(|(service, _)| of == SRV && name.eq_ignore_ascii_case(&labels(service)));
    let mut answer = head.get(..2)?.to_vec();
    // an answer, of whom it may concern: no error, or no such name
    answer.extend([0x85, if found.is_some() { 0x80 } else { 0x83 }]);
    answer.extend([0, 1, 0, u8::from(found.is_some()), 0, 0, 0, 0]);
    answer.extend(name);
    answer.extend(of);
    if let Some((_, port)) = found {
        // the question's name, one second, priority and weight 0
        answer.extend([0xc0, 12]);
        answer.extend(SRV);
        answer.extend([0, 0, 0, 1, 0, 6 + u8::try_from(LOCALHOST.len()).ok()?, 0, 0, 0, 0]);
        answer.extend(port.to_be_bytes());
        answer.extend(LOCALHOST);
    }
    Some(answer)
}

fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or_default());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
