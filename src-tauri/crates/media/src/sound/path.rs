//! The voice path of a call: microphone → echo, noise and loudness → whoever is spoken to, and all who are heard →
//! loudspeaker. It lives as long as the call, whatever becomes of its devices.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::device::{Devices, Hear, Say};
use super::dial::{Keys, Place};
use super::keep::{Kept, Kind, Trouble, keep};
use super::process::{FarEnd, Processor, Sonora, Wishes};
use super::voice::{Earpiece, Level, Microphone, Speaking};
use super::{FRAME, FRAME_MS};
use crate::Error;
use crate::sender::Sender;

/// Frames that may wait to be processed: 160 ms. What a busy machine cannot take is left out, not sent late.
const WAITING: usize = 8;
/// So long without the microphone, and silence is sent in its place.
const AWAY: Duration = Duration::from_millis(100);

/// Which devices, and what is done to what is said. `None` is the default device of the system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub microphone: Option<String>,
    pub loudspeaker: Option<String>,
    pub wishes: Wishes,
}

/// How loud it is at the moment, each between 0 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Levels {
    /// What the microphone hears, muted or not, after it was worked on.
    pub ours: f32,
    /// What the loudspeaker plays.
    pub theirs: f32,
}

/// What is not as it was chosen; nothing where all is well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Troubles {
    /// [`Trouble::Without`]: we only listen.
    pub microphone: Option<Trouble>,
    /// [`Trouble::Without`]: nothing is heard.
    pub loudspeaker: Option<Trouble>,
}

/// What device threads, tasks and the owner have in common.
#[derive(Default)]
struct Shared {
    muted: AtomicBool,
    /// The person's own, where there is one.
    button: OnceLock<Arc<AtomicBool>>,
    deaf: AtomicBool,
    mouths: Mutex<Vec<Microphone>>,
    ears: Mutex<Vec<Earpiece>>,
    far: FarEnd,
    ours: Level,
    theirs: Level,
    /// Keys on their way out, and the same as heard here.
    dialled: Mutex<Keys>,
    echoed: Mutex<Keys>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn is_muted(&self) -> bool {
        let pressed = |button: &Arc<AtomicBool>| button.load(Ordering::Relaxed);
        self.muted.load(Ordering::Relaxed) || self.button.get().is_some_and(pressed)
    }
}

/// The voice path of a call. Dropping it lets go of the devices.
pub struct Voice {
    shared: Arc<Shared>,
    microphone: watch::Sender<Option<String>>,
    loudspeaker: watch::Sender<Option<String>>,
    wishes: watch::Sender<Wishes>,
    troubles: watch::Receiver<Troubles>,
    _kept: [Kept; 2],
    speaking: JoinHandle<()>,
}

impl Voice {
    /// Begins: the devices are opened soon, and what cannot be had is told by [`Voice::troubles`]. Within a runtime of
    /// tokio.
    pub fn open(devices: Arc<dyn Devices>, choice: Choice) -> Self {
        let processor = Box::new(Sonora::new(choice.wishes));
        Self::open_with(devices, choice, processor)
    }

    /// Begins with another processor.
    pub fn open_with(devices: Arc<dyn Devices>, choice: Choice, mut processor: Box<dyn Processor>) -> Self {
        processor.wish(choice.wishes);
        let shared = Arc::new(Shared::default());
        let (microphone, wanted_microphone) = watch::channel(choice.microphone);
        let (loudspeaker, wanted_loudspeaker) = watch::channel(choice.loudspeaker);
        let (wishes, wished) = watch::channel(choice.wishes);
        let (told, troubles) = watch::channel(Troubles::default());
        let (frames, waiting) = mpsc::channel(WAITING);
        let ear = Kind::Microphone(Box::new(move || hearing(frames.clone())));
        let playing = Arc::clone(&shared);
        let mouth = Kind::Loudspeaker(Box::new(move || saying(Arc::clone(&playing))));
        let tell = told.clone();
        let ear = keep(Arc::clone(&devices), ear, wanted_microphone, move |trouble| {
            tell.send_if_modified(|all| std::mem::replace(&mut all.microphone, trouble.clone()) != trouble);
        });
        let mouth = keep(devices, mouth, wanted_loudspeaker, move |trouble| {
            told.send_if_modified(|all| std::mem::replace(&mut all.loudspeaker, trouble.clone()) != trouble);
        });
        let speaking = tokio::spawn(speak(Arc::clone(&shared), waiting, wished, processor));
        Self { shared, microphone, loudspeaker, wishes, troubles, _kept: [ear, mouth], speaking }
    }

    /// Sends what is said to somebody, until what comes back is dropped.
    ///
    /// # Errors
    /// [`Error::Setup`] where it is not sound that is sent there.
    pub fn speak_into(&self, sender: Sender) -> Result<Speaking, Error> {
        let (speaking, microphone) = Speaking::begin(sender)?;
        lock(&self.shared.mouths).push(microphone);
        Ok(speaking)
    }

    /// Plays what is heard of somebody, along with all others, until they are listened to no more.
    pub fn listen_to(&self, earpiece: Earpiece) {
        lock(&self.shared.ears).push(earpiece);
    }

    /// Takes other devices, or does other work, while the call goes on. What is chosen already is not interrupted.
    pub fn choose(&self, choice: Choice) {
        let other = |wanted: &mut Option<String>, now: Option<String>| {
            let differs = *wanted != now;
            *wanted = now;
            differs
        };
        self.microphone.send_if_modified(|wanted| other(wanted, choice.microphone));
        self.loudspeaker.send_if_modified(|wanted| other(wanted, choice.loudspeaker));
        self.wishes.send_if_modified(|wished| std::mem::replace(wished, choice.wishes) != choice.wishes);
    }

    /// Nothing of what the microphone hears is sent while it is muted; silence is, and keys are.
    pub fn mute(&self, muted: bool) {
        self.shared.muted.store(muted, Ordering::Relaxed);
    }

    /// Whoever has this mutes it as well, at once, whatever else is being worked on. The first counts.
    pub fn mute_by(&self, button: Arc<AtomicBool>) {
        let _ = self.shared.button.set(button);
    }

    /// Nothing of what they say is played while we do not listen; it goes by.
    pub fn deafen(&self, deaf: bool) {
        self.shared.deaf.store(deaf, Ordering::Relaxed);
    }

    pub fn is_muted(&self) -> bool {
        self.shared.is_muted()
    }

    /// For meters; to be asked a few times a second.
    pub fn levels(&self) -> Levels {
        Levels { ours: self.shared.ours.get(), theirs: self.shared.theirs.get() }
    }

    /// What is not as it was chosen, now and whenever that changes.
    pub fn troubles(&self) -> watch::Receiver<Troubles> {
        self.troubles.clone()
    }

    /// Presses a key of a telephone, which is heard there and here: one after the other where they are pressed faster
    /// than they sound. False for what is no key: they are `0` to `9`, `*`, `#` and `A` to `D`.
    pub fn dial(&self, key: char) -> bool {
        lock(&self.shared.dialled).press(key) && lock(&self.shared.echoed).press(key)
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.speaking.abort();
    }
}

/// What the microphone's thread does: whole frames are given on.
fn hearing(frames: mpsc::Sender<[f32; FRAME]>) -> Hear {
    let mut partial = Vec::with_capacity(FRAME * 2);
    Box::new(move |samples| {
        partial.extend_from_slice(samples);
        let whole = partial.len() / FRAME * FRAME;
        for frame in partial[..whole].chunks_exact(FRAME).filter_map(|frame| frame.try_into().ok()) {
            let _ = frames.try_send(frame);
        }
        partial.drain(..whole);
    })
}

/// What the loudspeaker's thread does: all who are heard, and what is dialled.
fn saying(shared: Arc<Shared>) -> Say {
    shared.far.clear();
    let mut one = Vec::with_capacity(FRAME * 2);
    Box::new(move |out| {
        out.fill(0.0);
        one.resize(out.len(), 0.0);
        {
            let mut ears = lock(&shared.ears);
            ears.retain(|ear| !ear.is_ended());
            for ear in ears.iter() {
                ear.fill(&mut one);
                out.iter_mut().zip(&one).for_each(|(all, one)| *all += one);
            }
        }
        if shared.deaf.load(Ordering::Relaxed) {
            out.fill(0.0);
        }
        lock(&shared.echoed).mix(out, Place::Here);
        out.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        shared.theirs.set(out);
        shared.far.push(out);
    })
}

/// What becomes of what the microphone hears.
async fn speak(
    shared: Arc<Shared>,
    mut frames: mpsc::Receiver<[f32; FRAME]>,
    mut wished: watch::Receiver<Wishes>,
    mut processor: Box<dyn Processor>,
) {
    let mut clock = tokio::time::interval(Duration::from_millis(u64::from(FRAME_MS)));
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut last = Instant::now();
    loop {
        let heard = tokio::select! {
            biased;
            Some(frame) = frames.recv() => Some(frame),
            Ok(()) = wished.changed() => {
                processor.wish(*wished.borrow_and_update());
                continue;
            }
            _ = clock.tick() => None,
        };
        let mut frame = match heard {
            Some(mut frame) => {
                last = Instant::now();
                while let Some(far) = shared.far.pop() {
                    processor.far(&far);
                }
                processor.near(&mut frame);
                frame
            }
            None if last.elapsed() < AWAY => continue,
            None => [0.0; FRAME],
        };
        shared.ours.set(&frame);
        if shared.is_muted() {
            frame.fill(0.0);
        }
        lock(&shared.dialled).mix(&mut frame, Place::There);
        let mut mouths = lock(&shared.mouths);
        mouths.retain(|mouth| !mouth.is_ended());
        mouths.iter_mut().for_each(|mouth| mouth.push(&frame));
    }
}
