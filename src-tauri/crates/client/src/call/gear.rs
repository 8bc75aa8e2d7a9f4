//! What calls are made with: devices as they were chosen, and where pictures go.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use waxwing_contract::Settings;
use waxwing_media::sound::Choice;
use waxwing_media::sound::device::Devices;
use waxwing_media::sound::process::Wishes;
use waxwing_media::sound::ring::{self, Ring, Ringing};

use super::devices::Trying;
use super::pictures::Pictures;

/// Shared by all calls; one has it at a time.
pub(crate) struct Gear {
    pub devices: Arc<dyn Devices>,
    /// As the settings have it; calls that are on follow.
    choice: watch::Sender<Choice>,
    pub pictures: Pictures,
    /// What is being tried.
    pub trial: Mutex<Option<Trying>>,
}

impl Gear {
    pub fn new(devices: Arc<dyn Devices>, settings: &Settings) -> Self {
        Self {
            devices,
            choice: watch::Sender::new(choice(settings)),
            pictures: Pictures::default(),
            trial: Mutex::default(),
        }
    }

    /// The settings are others.
    pub fn choose(&self, settings: &Settings) {
        let new = choice(settings);
        self.choice.send_if_modified(|now| std::mem::replace(now, new.clone()) != new);
    }

    /// Rings until what comes back is dropped. Needs a runtime.
    pub fn ring(&self, what: Ring) -> Ringing {
        ring::ring(self.devices.clone(), self.choice.borrow().loudspeaker.clone(), what)
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
