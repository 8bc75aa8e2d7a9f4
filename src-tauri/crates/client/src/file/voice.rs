//! Voice messages: recorded here, and staged like any file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use waxwing_contract::{Code, Failure, Recording as Shown, StagedFiles};
use waxwing_media::sound::record::{RecordError, Recording, Spoken};

use crate::app::{App, locked};
use crate::commands::blocking;
use crate::failure::fail;

/// How often it is told how loud it is.
const TELLING: Duration = Duration::from_millis(80);

/// The one that is being spoken.
#[derive(Default)]
pub(crate) struct Voice(Mutex<Option<Speaking>>);

struct Speaking {
    recording: Arc<Mutex<Option<Recording>>>,
    path: PathBuf,
    telling: tokio::task::AbortHandle,
}

impl Drop for Speaking {
    fn drop(&mut self) {
        self.telling.abort();
    }
}

impl App {
    /// Begins one, unless somebody is spoken to: the microphone is theirs then.
    pub(crate) async fn record(&self) -> Result<(), Failure> {
        let shared = self.0.shared.clone();
        if shared.arbiter.speaking().is_some() {
            return Err(fail(Code::InCall, "the microphone is in use by a call"));
        }
        let before = locked(&shared.voice.0).take();
        drop(before);
        let path = shared.staging.place("voice").map_err(|error| crate::failure::of_history(&error.into()))?;
        let (devices, microphone, to) =
            (shared.gear.devices.clone(), shared.gear.choice().borrow().microphone.clone(), path.clone());
        let recording = blocking(move || {
            Recording::begin(&*devices, microphone.as_deref(), &to).map_err(|error| of_recording(&error))
        })
        .await?;
        let recording = Arc::new(Mutex::new(Some(recording)));
        let (its, views) = (recording.clone(), shared.clone());
        let telling = tokio::spawn(async move {
            loop {
                let Some(spoken) = locked(&its).as_ref().map(Recording::spoken) else { return };
                let over = spoken.lost.is_some();
                views.views.recording(Some(shown(&spoken)));
                if over {
                    return;
                }
                tokio::time::sleep(TELLING).await;
            }
        });
        *locked(&shared.voice.0) = Some(Speaking { recording, path, telling: telling.abort_handle() });
        Ok(())
    }

    /// Ends it, and stages what was spoken where it is wanted.
    pub(crate) async fn stop_recording(&self, keep: bool) -> Result<StagedFiles, Failure> {
        let shared = self.0.shared.clone();
        let speaking = locked(&shared.voice.0).take();
        self.0.shared.views.recording(None);
        let Some(speaking) = speaking else { return Err(fail(Code::NotFound, "nothing is recorded")) };
        speaking.telling.abort();
        let (recording, path) = (locked(&speaking.recording).take(), speaking.path.clone());
        drop(speaking);
        // Whatever was told in the same moment.
        self.0.shared.views.recording(None);
        blocking(move || {
            let Some(recording) = recording.filter(|_| keep) else { return Ok(StagedFiles { files: Vec::new() }) };
            recording.finish().map_err(|error| of_recording(&error))?;
            let staged = shared.staging.stage(&path, &name(), true)?;
            Ok(StagedFiles { files: vec![staged] })
        })
        .await
    }
}

/// By the time of day: many of them stand in one folder.
fn name() -> String {
    format!("voice-message-{}.opus", jiff::Zoned::now().strftime("%Y-%m-%d-%H%M%S"))
}

fn shown(spoken: &Spoken) -> Shown {
    Shown {
        id: "recording".into(),
        order: 0,
        length: u64::try_from(spoken.length.as_millis()).unwrap_or(u64::MAX),
        level: spoken.level,
        failure: spoken.lost.as_ref().map(|lost| fail(Code::NoMicrophone, lost.to_string())),
    }
}

fn of_recording(error: &RecordError) -> Failure {
    match error {
        RecordError::Device(error) => fail(Code::NoMicrophone, error.to_string()),
        RecordError::File(error) => fail(Code::Storage, error.clone()),
    }
}
