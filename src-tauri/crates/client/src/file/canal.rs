//! The task that makes a data channel (XEP-0343): it is told what they say of theirs, and tells what is to be said of ours.

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use waxwing_jingle::datachannel::{Form, Transport};
use waxwing_media::channel::{Channel, Told};

use super::carry::{Step, Tell};
use crate::call::ways::Means;

/// One to be, or one that is. Dropping it closes it.
pub(crate) struct Canal {
    heard: mpsc::UnboundedSender<Transport>,
    task: AbortHandle,
}

impl Drop for Canal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Canal {
    /// Offers one in this form.
    pub fn offer(means: Means, form: Form, tell: Tell) -> Self {
        Self::begin(means, form, None, tell)
    }

    /// Answers theirs.
    pub fn answer(means: Means, theirs: Transport, tell: Tell) -> Self {
        Self::begin(means, theirs.form, Some(theirs), tell)
    }

    fn begin(means: Means, form: Form, theirs: Option<Transport>, tell: Tell) -> Self {
        let (heard, hears) = mpsc::unbounded_channel();
        let task = tokio::spawn(run(means, form, theirs, hears, tell)).abort_handle();
        Self { heard, task }
    }

    /// Their answer, or more of where they can be reached.
    pub fn hear(&self, transport: Transport) {
        // Where it is over, nothing is to be done with it.
        let _ = self.heard.send(transport);
    }
}

async fn run(
    means: Means,
    form: Form,
    theirs: Option<Transport>,
    mut hears: mpsc::UnboundedReceiver<Transport>,
    tell: Tell,
) {
    let (ways, _bridges) = means.open().await;
    let made = match &theirs {
        Some(theirs) => Channel::answer(&ways, theirs).await,
        None => Channel::offer(&ways, form).await,
    };
    let (mut channel, transport) = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::info!(%error, "no data channel");
            return tell(Step::Described(None));
        }
    };
    tell(Step::Described(Some(Box::new(transport))));
    let mut answered = theirs.is_some();
    if let Some(theirs) = theirs {
        places(&channel, &theirs).await;
    }
    loop {
        tokio::select! {
            Some(theirs) = hears.recv() => {
                if !answered && theirs.is_secured() {
                    answered = true;
                    if let Err(error) = channel.answered(&theirs).await {
                        tracing::info!(%error, "their data channel cannot be used");
                        return tell(Step::Lost);
                    }
                }
                places(&channel, &theirs).await;
            }
            told = channel.next() => match told {
                Told::Place { candidate, .. } => tell(Step::Place(candidate)),
                Told::Open(stream) => tell(Step::Opened(Box::new(stream))),
                Told::Lost => return tell(Step::Lost),
            }
        }
    }
}

async fn places(channel: &Channel, theirs: &Transport) {
    for candidate in &theirs.ice.candidates {
        // One that leads nowhere is no reason to end it.
        if let Err(error) = channel.candidate(candidate).await {
            tracing::debug!(%error, "a candidate was not taken");
        }
    }
}
