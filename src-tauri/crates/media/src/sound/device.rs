//! Microphones and loudspeakers: what there is, and streams of samples from and to them.
//!
//! At this border all sound is one channel of floats at [`RATE`](super::RATE), whatever the device does. PulseAudio
//! (and PipeWire, which speaks its protocol) is spoken to by [`pulse`]; everything else goes through [`cards`].

pub mod cards;
mod convert;
#[cfg(target_os = "linux")]
pub mod pulse;

use std::future::Future;

use tokio::sync::watch;

/// A microphone or a loudspeaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Stays the same when it is plugged in again, so it can be kept in settings.
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether it is taken where none is chosen.
    pub is_default: bool,
}

/// What there is at the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub microphones: Vec<Device>,
    pub loudspeakers: Vec<Device>,
}

/// Why a device cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// There is none of the kind.
    #[error("there is no such device at all")]
    Missing,
    /// It was there, or was chosen, and is not there now.
    #[error("the device is gone")]
    Gone,
    /// Another program has it to itself.
    #[error("the device is in use by another program")]
    Busy,
    /// The system or its settings do not let us.
    #[error("the system does not allow the device to be used")]
    Forbidden,
    #[error("the device cannot be used: {0}")]
    Failed(String),
}

/// Takes what a microphone hears, in pieces of any length. Called on a thread of the device, which must not wait.
pub type Hear = Box<dyn FnMut(&[f32]) + Send>;
/// Fills all of what a loudspeaker is to play, in pieces of any length. Called on a thread of the device, as above.
pub type Say = Box<dyn FnMut(&mut [f32]) + Send>;

/// A machine's microphones and loudspeakers. All of these may wait for the system, for two seconds at most: not to be
/// called where nothing may wait.
pub trait Devices: Send + Sync {
    /// What there is now.
    ///
    /// # Errors
    /// The system's sound cannot be reached.
    fn list(&self) -> Result<Found, DeviceError>;

    /// Records from the device of this id, or the default one, until the stream is dropped.
    ///
    /// # Errors
    /// [`DeviceError::Gone`] where there is none of that id, [`DeviceError::Missing`] where there is none at all.
    fn record(&self, device: Option<&str>, hear: Hear) -> Result<Stream, DeviceError>;

    /// Plays at the device of this id, or the default one, until the stream is dropped.
    ///
    /// # Errors
    /// As [`Devices::record`].
    fn play(&self, device: Option<&str>, say: Say) -> Result<Stream, DeviceError>;

    /// Tells when devices come and go, or another becomes the default.
    fn changes(&self) -> Changes;
}

/// Sound that flows. Dropping it stops it: after that, nothing is called any more.
pub struct Stream {
    lost: watch::Receiver<Option<DeviceError>>,
    /// Stops when it is dropped.
    _stop: Box<dyn Send + Sync>,
}

impl Stream {
    /// One that tells by `lost` when its device is, and stops when `stop` is dropped.
    pub fn new(lost: watch::Receiver<Option<DeviceError>>, stop: impl Send + Sync + 'static) -> Self {
        Self { lost, _stop: Box::new(stop) }
    }

    /// Waits until the device is lost, and says why. Can be asked again and again.
    pub fn lost(&self) -> impl Future<Output = DeviceError> + Send + 'static {
        let mut lost = self.lost.clone();
        async move {
            match lost.wait_for(Option::is_some).await {
                Ok(why) => why.clone().unwrap_or(DeviceError::Gone),
                Err(_) => DeviceError::Gone,
            }
        }
    }

    /// Whether it is lost already.
    pub fn is_lost(&self) -> bool {
        self.lost.borrow().is_some() || self.lost.has_changed().is_err()
    }
}

/// Tells of changes of [`Devices::list`], until it is dropped.
pub struct Changes {
    seen: watch::Receiver<u64>,
    /// Ends the watch when it is dropped.
    _stop: Box<dyn Send + Sync>,
}

impl Changes {
    /// A change is told by another number.
    pub fn new(seen: watch::Receiver<u64>, stop: impl Send + Sync + 'static) -> Self {
        Self { seen, _stop: Box::new(stop) }
    }

    /// Waits for the next change. Several at once are one. Never ends where changes cannot be watched.
    pub async fn next(&mut self) {
        if self.seen.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The devices of this machine, by whatever serves them at the moment: a sound server may come later than we do.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl System {
    fn now() -> Box<dyn Devices> {
        #[cfg(target_os = "linux")]
        if let Some(pulse) = pulse::Pulse::find() {
            return Box::new(pulse);
        }
        Box::new(cards::Cards)
    }
}

impl Devices for System {
    fn list(&self) -> Result<Found, DeviceError> {
        Self::now().list()
    }

    fn record(&self, device: Option<&str>, hear: Hear) -> Result<Stream, DeviceError> {
        Self::now().record(device, hear)
    }

    fn play(&self, device: Option<&str>, say: Say) -> Result<Stream, DeviceError> {
        Self::now().play(device, say)
    }

    fn changes(&self) -> Changes {
        Self::now().changes()
    }
}
