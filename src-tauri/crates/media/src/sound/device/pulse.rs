//! Devices of PulseAudio, and of PipeWire, which speaks its protocol.
//!
//! Spoken by ourselves, over the crate that has the messages. cpal's host for it was measured first: with a buffer of
//! 10 to 40 ms it makes the server's queue no longer than two requests, and played with 3 to 59 gaps of up to 124 ms in
//! 4.5 s; with its default it leaves the delay to the server, which likes two seconds. Nor does its client hear of a
//! stream that is killed or moved. Here each stream has a connection and a thread of its own, and needs no locks.

mod wire;

use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, Command, CreatePlaybackStreamReply, CreateRecordStreamReply, GetSinkInfo, GetSourceInfo,
    PlaybackStreamParams, Prop, Props, RecordStreamParams, SampleFormat, SampleSpec, ServerInfo,
    SetPlaybackStreamBufferAttrParams, SinkFlags, SinkInfoList, SourceInfoList, SubscriptionMask,
};
use tokio::sync::watch;

use self::wire::{Message, Stopper, Wire};
use super::super::RATE;
use super::{Changes, Device, DeviceError, Devices, Found, Hear, Say, Stream};

/// Bytes of a millisecond of sound.
const MS: u32 = RATE / 1000 * 4;
/// What is held back at the loudspeaker, in milliseconds, the device's own buffer included where it can be told.
const HELD: u32 = 40;
/// What is held back at most, where the machine is too busy for less, and by how much it grows each time.
const MOST: u32 = 120;
const GROWS: u32 = 20;
/// Pieces between one growth and the next: half a second.
const SETTLED: u32 = 50;
/// Milliseconds that are asked for, or given, at a time.
const PIECE: u32 = 10;
/// Milliseconds after which what was not played in time is given up.
const LATE: u32 = 200;
/// How long to wait before looking for a server again that is gone.
const AGAIN: Duration = Duration::from_secs(2);
/// What the server offers where it has no loudspeaker.
const DUMMY: &str = "auto_null";

/// The devices of a sound server.
#[derive(Debug, Clone)]
pub struct Pulse {
    path: PathBuf,
}

impl Pulse {
    /// The server of this session, where one answers.
    pub fn find() -> Option<Self> {
        let pulse = Self::at(pulseaudio::socket_path_from_env()?);
        pulse.wire().ok()?;
        Some(pulse)
    }

    /// The server that listens at a socket; whether it does is found out when it is needed.
    pub fn at(socket: impl Into<PathBuf>) -> Self {
        Self { path: socket.into() }
    }

    fn wire(&self) -> Result<Wire, DeviceError> {
        Wire::connect(&self.path)
    }
}

impl Devices for Pulse {
    fn list(&self) -> Result<Found, DeviceError> {
        list(&mut self.wire()?)
    }

    fn record(&self, device: Option<&str>, hear: Hear) -> Result<Stream, DeviceError> {
        let mut wire = self.wire()?;
        let ServerInfo { default_sink_name, default_source_name, .. } = wire.ask(&Command::GetServerInfo)?;
        if device.is_none() {
            // Where there is no microphone, the server takes what the loudspeaker plays: they would hear themselves.
            let (ear, mouth) = (default_source_name.unwrap_or_default(), default_sink_name.unwrap_or_default());
            if ear.is_empty() || ear.to_bytes() == [mouth.to_bytes(), b".monitor"].concat() {
                return Err(DeviceError::Missing);
            }
        }
        let params = RecordStreamParams {
            sample_spec: samples(),
            channel_map: ChannelMap::mono(),
            source_name: name(device)?,
            buffer_attr: BufferAttr { fragment_size: PIECE * MS, ..BufferAttr::default() },
            flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
            props: props(c"Microphone"),
            ..RecordStreamParams::default()
        };
        let opened = wire.ask::<CreateRecordStreamReply>(&Command::CreateRecordStream(params));
        opened.map_err(|error| missing(error, device))?;
        let watched = device.map(|_| name(device)).transpose()?.flatten();
        started(wire, move |wire| recording(wire, hear, watched))
    }

    fn play(&self, device: Option<&str>, say: Say) -> Result<Stream, DeviceError> {
        let mut wire = self.wire()?;
        if device.is_none() {
            let mouth = wire.ask::<ServerInfo>(&Command::GetServerInfo)?.default_sink_name.unwrap_or_default();
            if mouth.is_empty() || mouth.to_bytes() == DUMMY.as_bytes() {
                return Err(DeviceError::Missing);
            }
        }
        let params = PlaybackStreamParams {
            sample_spec: samples(),
            channel_map: ChannelMap::mono(),
            sink_name: name(device)?,
            buffer_attr: held_back(HELD),
            flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
            props: props(c"Call"),
            ..PlaybackStreamParams::default()
        };
        let opened = wire.ask::<CreatePlaybackStreamReply>(&Command::CreatePlaybackStream(params));
        let opened = opened.map_err(|error| missing(error, device))?;
        tracing::debug!(latency = opened.stream_latency, buffer = ?opened.buffer_attr, "a loudspeaker plays");
        let watched = name(device)?;
        started(wire, move |wire| playing(wire, say, &opened, watched))
    }

    fn changes(&self) -> Changes {
        let (seen, output) = watch::channel(0);
        let watch = Arc::new(Watch::default());
        let (watched, path) = (Arc::clone(&watch), self.path.clone());
        let _ = std::thread::Builder::new().name("devices".into()).spawn(move || {
            while !seen.is_closed() {
                // Whether it went or came back: something is different now.
                if let Err(error) = watching(&path, &watched, &seen) {
                    tracing::debug!(%error, "the sound server tells of no changes");
                }
                seen.send_modify(|count| *count += 1);
                std::thread::park_timeout(AGAIN);
            }
        });
        Changes::new(output, Watched(watch))
    }
}

/// What ends the watch of changes.
#[derive(Default)]
struct Watch(Mutex<Option<Stopper>>);

/// Ends it when it is dropped.
struct Watched(Arc<Watch>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Until the server goes, or nobody listens.
fn watching(path: &Path, watch: &Watch, seen: &watch::Sender<u64>) -> Result<(), DeviceError> {
    let mut wire = Wire::connect(path)?;
    let mask = SubscriptionMask::SINK | SubscriptionMask::SOURCE | SubscriptionMask::SERVER;
    wire.ask_only(&Command::Subscribe(mask))?;
    *watch.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wire.stopper()?);
    wire.wait_for_ever()?;
    // Only what is different counts: volumes change as well.
    let mut asker = Wire::connect(path)?;
    let mut last = list(&mut asker)?;
    while !seen.is_closed() {
        if let Some(Message::Command(_, Command::SubscribeEvent(_), _)) = wire.message()? {
            let now = list(&mut asker)?;
            if now != last {
                last = now;
                seen.send_modify(|count| *count += 1);
            }
        }
    }
    Ok(())
}

fn list(wire: &mut Wire) -> Result<Found, DeviceError> {
    let server: ServerInfo = wire.ask(&Command::GetServerInfo)?;
    let sinks: SinkInfoList = wire.ask(&Command::GetSinkInfoList)?;
    let sources: SourceInfoList = wire.ask(&Command::GetSourceInfoList)?;
    let told = |name: &CString, description: Option<&CString>, default: Option<&CString>| Device {
        id: name.to_string_lossy().into_owned(),
        name: description.unwrap_or(name).to_string_lossy().into_owned(),
        is_default: default == Some(name),
    };
    let (mouth, ear) = (server.default_sink_name.as_ref(), server.default_source_name.as_ref());
    let real = sinks.iter().filter(|sink| sink.name.to_bytes() != DUMMY.as_bytes());
    let loudspeakers: Vec<_> = real.map(|sink| told(&sink.name, sink.description.as_ref(), mouth)).collect();
    // What a loudspeaker plays is no microphone, except where somebody has built one of it.
    let microphone = |of: Option<u32>| {
        let Some(sink) = sinks.iter().find(|sink| Some(sink.index) == of) else { return of.is_none() };
        !sink.flags.contains(SinkFlags::HARDWARE)
            && Some(&sink.name) != mouth
            && sink.name.to_bytes() != DUMMY.as_bytes()
    };
    let real = sources.iter().filter(|source| microphone(source.monitor_of_sink_index));
    let microphones = real.map(|source| told(&source.name, source.description.as_ref(), ear)).collect();
    Ok(Found { microphones, loudspeakers })
}

fn samples() -> SampleSpec {
    let format = if cfg!(target_endian = "big") { SampleFormat::Float32Be } else { SampleFormat::Float32Le };
    SampleSpec { format, channels: 1, sample_rate: RATE }
}

/// Nothing before it begins: so it also goes on at once after a piece that came too late.
fn held_back(ms: u32) -> BufferAttr {
    BufferAttr { target_length: ms * MS, minimum_request_length: PIECE * MS, pre_buffering: 0, ..BufferAttr::default() }
}

fn more(channel: u32, ms: u32) -> Command {
    Command::SetPlaybackStreamBufferAttr(SetPlaybackStreamBufferAttrParams {
        index: channel,
        buffer_attr: held_back(ms),
        adjust_latency: true,
        early_requests: false,
    })
}

/// What the stream is called in the system's mixer, which may turn down music while somebody phones.
fn props(title: &std::ffi::CStr) -> Props {
    let mut props = Props::new();
    props.set(Prop::MediaName, title);
    props.set(Prop::MediaRole, c"phone");
    props.set(Prop::ApplicationIconName, c"waxwing");
    props
}

fn name(device: Option<&str>) -> Result<Option<CString>, DeviceError> {
    device.map(CString::new).transpose().map_err(|_| DeviceError::Gone)
}

/// Where none was asked for by name, there is none.
fn missing(error: DeviceError, device: Option<&str>) -> DeviceError {
    if error == DeviceError::Gone && device.is_none() { DeviceError::Missing } else { error }
}

/// A stream's thread, and what ends it.
struct Running {
    stop: Option<Stopper>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

/// Runs until the connection ends, and tells why.
fn started(mut wire: Wire, run: impl FnOnce(&mut Wire) -> DeviceError + Send + 'static) -> Result<Stream, DeviceError> {
    wire.wait_for_ever()?;
    let stop = wire.stopper()?;
    let (lost, output) = watch::channel(None);
    let thread = std::thread::Builder::new().name("sound".into()).spawn(move || {
        let why = run(&mut wire);
        lost.send_replace(Some(why));
    });
    let thread = thread.map_err(|error| DeviceError::Failed(error.to_string()))?;
    Ok(Stream::new(output, Running { stop: Some(stop), thread: Some(thread) }))
}

/// Where a stream goes that was to be at a device of this name: the server moves it elsewhere when the device is gone,
/// and so may its owner, by hand.
struct Place {
    name: Option<CString>,
    asked: Option<u32>,
}

impl Place {
    /// The stream was moved: is its device still there?
    fn moved(&mut self, wire: &mut Wire, ask: fn(CString) -> Command) -> Result<(), DeviceError> {
        if let Some(name) = &self.name {
            self.asked = Some(wire.tell(&ask(name.clone()))?);
        }
        Ok(())
    }
}

/// What a message means for a stream that flows.
enum Meant {
    Nothing,
    Wanted(u32),
    Moved,
    /// There was nothing to play.
    Starved,
    Lost,
}

fn meant(number: u32, command: &Command, place: &Place) -> Meant {
    match command {
        Command::Request(request) => Meant::Wanted(request.length),
        Command::Underflow(_) => Meant::Starved,
        Command::PlaybackStreamMoved(_) | Command::RecordStreamMoved(_) => Meant::Moved,
        Command::PlaybackStreamKilled(_) | Command::RecordStreamKilled(_) => Meant::Lost,
        Command::Error(_) if place.asked == Some(number) => Meant::Lost,
        _ => Meant::Nothing,
    }
}

fn recording(wire: &mut Wire, mut hear: Hear, name: Option<CString>) -> DeviceError {
    let mut place = Place { name, asked: None };
    let mut floats = Vec::new();
    loop {
        let meant = match wire.message() {
            Ok(Some(Message::Sound(bytes))) => {
                floats.clear();
                floats.extend(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_ne_bytes(*four)));
                hear(&floats);
                continue;
            }
            Ok(Some(Message::Command(number, command, _))) => meant(number, &command, &place),
            Ok(None) => continue,
            Err(error) => return error,
        };
        match meant {
            Meant::Moved => {
                let ask = |name| Command::GetSourceInfo(GetSourceInfo { name: Some(name), index: None });
                if let Err(error) = place.moved(wire, ask) {
                    return error;
                }
            }
            Meant::Lost => return DeviceError::Gone,
            Meant::Wanted(_) | Meant::Starved | Meant::Nothing => {}
        }
    }
}

fn playing(wire: &mut Wire, mut say: Say, opened: &CreatePlaybackStreamReply, name: Option<CString>) -> DeviceError {
    let mut place = Place { name, asked: None };
    let (mut floats, mut bytes) = (Vec::new(), Vec::new());
    let (mut wanted, mut held, mut settled) = (opened.requested_bytes, HELD, 0);
    loop {
        while wanted >= 4 {
            let piece = wanted.min(LATE * MS);
            floats.clear();
            floats.resize(piece as usize / 4, 0.0);
            // What is owed from long ago is not heard any more, but the server waits for it.
            if wanted <= LATE * MS {
                say(&mut floats);
            }
            bytes.clear();
            bytes.extend(floats.iter().flat_map(|sample| sample.to_ne_bytes()));
            if let Err(error) = wire.play(opened.channel, &bytes) {
                return error;
            }
            wanted -= piece / 4 * 4;
        }
        let meant = match wire.message() {
            Ok(Some(Message::Command(number, command, _))) => meant(number, &command, &place),
            Ok(_) => continue,
            Err(error) => return error,
        };
        match meant {
            Meant::Wanted(length) => {
                wanted = wanted.saturating_add(length);
                settled += 1;
            }
            Meant::Starved if settled > SETTLED && held < MOST => {
                (held, settled) = (held + GROWS, 0);
                tracing::debug!(held, "the machine is busy: more sound is held back");
                if let Err(error) = wire.tell(&more(opened.channel, held)) {
                    return error;
                }
            }
            Meant::Moved => {
                let ask = |name| Command::GetSinkInfo(GetSinkInfo { name: Some(name), index: None });
                if let Err(error) = place.moved(wire, ask) {
                    return error;
                }
            }
            Meant::Lost => return DeviceError::Gone,
            Meant::Starved | Meant::Nothing => {}
        }
    }
}
