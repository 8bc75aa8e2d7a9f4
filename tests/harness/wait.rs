//! Waiting for conditions: never for time to pass.

use std::time::Duration;

use anyhow::{Result, bail};

/// How long a thing that should happen soon may take on a loaded machine of two cores.
pub const SOON: Duration = Duration::from_secs(15);

/// Asks until there is an answer, every 20 ms, for [`SOON`]; `what` completes "waited in vain for …".
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    patiently(SOON, what, ask).await
}

/// [`until`], with a limit of its own.
pub async fn patiently<T>(limit: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // around it all: a question, too, may hang
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => Ok(answer),
        Err(_) => bail!("waited {} s in vain for {what}", limit.as_secs()),
    }
}
