//! Killed at random moments: nothing lost, nothing twice, in order, both ways.

use harness::{Result, ensure, kills};

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_cost_nothing() -> Result<()> {
    let verdict = kills::ordeal(env!("CARGO_BIN_EXE_waxwing-headless").as_ref(), 10).await?;
    println!("{verdict:?}");
    ensure!(verdict.is_clean(), "{verdict:?}");
    Ok(())
}
