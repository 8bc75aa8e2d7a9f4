//! Files brought into the window from outside, as another program would.

use anyhow::Result;
use base64::Engine as _;
use serde_json::json;

use super::Window;

const BRING: &str = "
    const [how, name, type, base64, times] = arguments;
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File(Array(times).fill(bytes), name, { type }));
    const about = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data };
    const conversation = document.querySelector('[data-testid=conversation] header');
    const composer = document.querySelector('[data-testid=composer-input]');
    if (how === 'paste') composer.dispatchEvent(new ClipboardEvent('paste', about));
    else conversation.dispatchEvent(new DragEvent(how, about));
";

impl Window {
    /// Drags a file above the conversation (`dragenter`), lets it go there (`drop`), or pastes it (`paste`); it is `bytes` so
    /// many times over.
    pub async fn bring(&self, how: &str, name: &str, media_type: &str, bytes: &[u8], times: usize) -> Result<()> {
        let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
        self.script(BRING, vec![json!(how), json!(name), json!(media_type), json!(base64), json!(times)])
            .await
            .map(drop)
    }
}
