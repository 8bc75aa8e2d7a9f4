//! Another network: a cable pulled, a telephone's hotspot, a tunnel that opens. TCP would notice in minutes.

use std::time::Duration;

use futures::StreamExt as _;
use if_watch::tokio::IfWatcher;
use waxwing_client::App;

/// An interface comes with several addresses, one after the other.
const SETTLED: Duration = Duration::from_millis(500);

/// Tells the accounts when the computer's addresses change, for as long as the application runs. Without that nothing is
/// lost but time.
pub async fn follow(client: App) {
    let mut changes = match IfWatcher::new() {
        Ok(changes) => changes,
        Err(error) => return tracing::debug!(%error, "changes of the network are not told"),
    };
    // The first ones tell what is there already.
    while let Some(Ok(_)) = changes.next().await {
        while let Ok(Some(Ok(_))) = tokio::time::timeout(SETTLED, changes.next()).await {}
        tracing::info!("the network changed");
        client.network_changed();
    }
    tracing::info!("changes of the network are no longer told");
}
