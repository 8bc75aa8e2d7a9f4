//! What calls are made with: devices as they were chosen, and where pictures go.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::watch;
use waxwing_contract::Settings;
use waxwing_media::camera::Cameras;
use waxwing_media::screen::Screens;
use waxwing_media::sound::Choice;
use waxwing_media::sound::device::Devices;
use waxwing_media::sound::process::Wishes;
use waxwing_media::sound::ring::{self, Ring, Ringing};

use super::devices::Trying;
use super::pictures::Pictures;

/// The devices of a computer.
pub struct Equipment {
    pub sound: Arc<dyn Devices>,
    pub cameras: Arc<dyn Cameras>,
    /// Found anew each time: a display may come later than we do.
    pub screens: Box<dyn Fn() -> Option<Arc<dyn Screens>> + Send + Sync>,
}

impl Equipment {
    /// Those of this computer.
    pub fn here() -> Self {
        Self {
            sound: Arc::new(waxwing_media::sound::device::System),
            cameras: waxwing_media::camera::here(),
            screens: Box::new(waxwing_media::screen::here),
        }
    }
}

/// Shared by all calls; one has it at a time.
pub(crate) struct Gear {
    pub devices: Arc<dyn Devices>,
    pub cameras: Arc<dyn Cameras>,
    screens: Box<dyn Fn() -> Option<Arc<dyn Screens>> + Send + Sync>,
    /// As the settings have it; calls that are on follow.
    choice: watch::Sender<Choice>,
    camera: RwLock<Option<String>>,
    pub pictures: Pictures,
    /// What is being tried.
    pub trial: Mutex<Option<Trying>>,
}

impl Gear {
    pub fn new(equipment: Equipment, settings: &Settings) -> Self {
        Self {
            devices: equipment.sound,
            cameras: equipment.cameras,
            screens: equipment.screens,
            choice: watch::Sender::new(choice(settings)),
            camera: RwLock::new(settings.camera.clone()),
            pictures: Pictures::default(),
            trial: Mutex::default(),
        }
    }

    /// The settings are others.
    pub fn choose(&self, settings: &Settings) {
        let new = choice(settings);
        self.choice.send_if_modified(|now| std::mem::replace(now, new.clone()) != new);
        self.camera.write().unwrap_or_else(PoisonError::into_inner).clone_from(&settings.camera);
    }

    /// Rings until what comes back is dropped. Needs a runtime.
    pub fn ring(&self, what: Ring) -> Ringing {
        ring::ring(self.devices.clone(), self.choice.borrow().loudspeaker.clone(), what)
    }

    pub fn choice(&self) -> watch::Receiver<Choice> {
        self.choice.subscribe()
    }

    /// The camera that is chosen, where one is.
    pub fn camera(&self) -> Option<String> {
        self.camera.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Screens and windows, where they can be seen.
    pub fn screens(&self) -> Option<Arc<dyn Screens>> {
        (self.screens)()
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
