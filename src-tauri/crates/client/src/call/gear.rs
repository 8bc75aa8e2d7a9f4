//! What calls are made with: devices as they were chosen, and where pictures go.

use std::sync::Arc;

use tokio::sync::watch;
use waxwing_contract::Settings;
use waxwing_media::sound::Choice;
use waxwing_media::sound::device::Devices;
use waxwing_media::sound::process::Wishes;

use super::pictures::Pictures;

/// Shared by all calls; one has it at a time.
pub(crate) struct Gear {
    pub devices: Arc<dyn Devices>,
    /// As the settings have it; calls that are on follow.
    choice: watch::Sender<Choice>,
    pub pictures: Pictures,
}

impl Gear {
    pub fn new(devices: Arc<dyn Devices>, settings: &Settings) -> Self {
        Self { devices, choice: watch::Sender::new(choice(settings)), pictures: Pictures::default() }
    }

    /// The settings are others.
    pub fn choose(&self, settings: &Settings) {
        let new = choice(settings);
        self.choice.send_if_modified(|now| std::mem::replace(now, new.clone()) != new);
    }

    pub fn choice(&self) -> watch::Receiver<Choice> {
        self.choice.subscribe()
    }
}

fn choice(settings: &Settings) -> Choice {
    Choice {
        microphone: settings.microphone.clone(),
        loudspeaker: settings.loudspeaker.clone(),
        wishes: Wishes {
            echo: settings.echo_cancellation,
            noise: settings.noise_suppression,
            gain: settings.gain_control,
        },
    }
}
