use harness::Result;
pub async fn run() -> Result<()> {
    Ok(())
}
