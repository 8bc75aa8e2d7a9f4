//! Devices as cpal has them: WASAPI, CoreAudio, and ALSA where there is no sound server.
//!
//! PulseAudio is not left to cpal: why, is said there.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfig};
use tokio::sync::watch;

use super::convert::{FromDevice, ToDevice};
use super::{Changes, Device, DeviceError, Devices, Found, Hear, Say, Stream};

/// How often it is looked whether devices came or went; not every system tells.
const LOOK: Duration = Duration::from_secs(2);
/// How long a device may take to begin.
const PATIENCE: Duration = Duration::from_secs(2);
/// What we ask a device to hold, in parts of a second: 10 ms.
const PERIODS: u32 = 100;

/// The devices of the system's usual sound.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cards;

impl Devices for Cards {
    fn list(&self) -> Result<Found, DeviceError> {
        let host = cpal::default_host();
        let id = |device: &cpal::Device| device.id().map(|id| id.to_string()).ok();
        let told = |device: cpal::Device, default: &Option<String>| {
            let id = id(&device).filter(|id| is_device(id))?;
            let name = device.description().map_or_else(|_| id.clone(), |known| known.name().to_owned());
            let is_default = default.as_deref() == Some(&id);
            Some(Device { id, name, is_default })
        };
        let ear = host.default_input_device().as_ref().and_then(id);
        let mouth = host.default_output_device().as_ref().and_then(id);
        let microphones = host.input_devices().map_err(|error| failed(&error))?;
        let loudspeakers = host.output_devices().map_err(|error| failed(&error))?;
        Ok(Found {
            microphones: microphones.filter_map(|device| told(device, &ear)).collect(),
            loudspeakers: loudspeakers.filter_map(|device| told(device, &mouth)).collect(),
        })
    }

    fn record(&self, device: Option<&str>, hear: Hear) -> Result<Stream, DeviceError> {
        let device = device.map(str::to_owned);
        owned(move |lost| record(device.as_deref(), hear, lost))
    }

    fn play(&self, device: Option<&str>, say: Say) -> Result<Stream, DeviceError> {
        let device = device.map(str::to_owned);
        owned(move |lost| play(device.as_deref(), say, lost))
    }

    fn changes(&self) -> Changes {
        let (seen, output) = watch::channel(0);
        let (stop, stopped) = mpsc::channel::<()>();
        let devices = *self;
        let looking = move || {
            let mut last = devices.list().ok();
            while stopped.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
                let now = devices.list().ok();
                if now != last {
                    seen.send_modify(|count| *count += 1);
                    last = now;
                }
            }
        };
        let _ = std::thread::Builder::new().name("devices".into()).spawn(looking);
        Changes::new(output, std::sync::Mutex::new(stop))
    }
}

/// ALSA also lists what changes sound on its way, and what throws it away.
fn is_device(id: &str) -> bool {
    let Some(name) = id.strip_prefix("alsa:") else { return true };
    name == "default" || name.contains("CARD=")
}

type Lost = watch::Sender<Option<DeviceError>>;

/// Stops the thread that owns a stream, and waits for it.
struct Owner {
    stop: Option<std::sync::Mutex<mpsc::Sender<()>>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

/// A stream of cpal may not go from thread to thread on every system: one has it from beginning to end.
fn owned(open: impl FnOnce(Lost) -> Result<cpal::Stream, DeviceError> + Send + 'static) -> Result<Stream, DeviceError> {
    let (lost, output) = watch::channel(None);
    let (stop, stopped) = mpsc::channel::<()>();
    let (opened, result) = mpsc::channel();
    let own = move || match open(lost.clone()) {
        Ok(stream) => {
            let _ = opened.send(Ok(()));
            // Nothing is ever sent: it is let go of.
            let _ = stopped.recv();
            drop(stream);
        }
        Err(error) => {
            let _ = opened.send(Err(error));
        }
    };
    let thread = std::thread::Builder::new().name("sound".into()).spawn(own);
    let thread = thread.map_err(|error| DeviceError::Failed(error.to_string()))?;
    match result.recv_timeout(PATIENCE) {
        Ok(Ok(())) => {
            let owner = Owner { stop: Some(std::sync::Mutex::new(stop)), thread: Some(thread) };
            Ok(Stream::new(output, owner))
        }
        Ok(Err(error)) => Err(error),
        // It is left to itself, and ends once it has begun.
        Err(_) => Err(DeviceError::Busy),
    }
}

/// The device of an id, or the default one.
fn find(
    wanted: Option<&str>,
    default: Option<cpal::Device>,
    all: impl Iterator<Item = cpal::Device>,
) -> Result<cpal::Device, DeviceError> {
    let Some(wanted) = wanted else { return default.ok_or(DeviceError::Missing) };
    let mut all = all.peekable();
    if all.peek().is_none() {
        return Err(DeviceError::Missing);
    }
    all.find(|device| device.id().is_ok_and(|id| id.to_string() == wanted)).ok_or(DeviceError::Gone)
}

/// As the device likes it, but with little held back.
fn config(supported: &SupportedStreamConfig) -> StreamConfig {
    let wanted = supported.sample_rate() / PERIODS;
    let buffer_size = match supported.buffer_size() {
        SupportedBufferSize::Range { min, max } => BufferSize::Fixed(wanted.clamp(*min, (*max).max(*min))),
        SupportedBufferSize::Unknown => BufferSize::Default,
    };
    StreamConfig { channels: supported.channels(), sample_rate: supported.sample_rate(), buffer_size }
}

fn record(device: Option<&str>, mut hear: Hear, lost: Lost) -> Result<cpal::Stream, DeviceError> {
    let host = cpal::default_host();
    let all = host.input_devices().map_err(|error| failed(&error))?;
    let device = find(device, host.default_input_device(), all)?;
    let supported = device.default_input_config().map_err(|error| failed(&error))?;
    let mut convert = FromDevice::new(supported.channels(), supported.sample_rate())?;
    let mut floats = Vec::new();
    let heard = move |data: &cpal::Data, _: &cpal::InputCallbackInfo| {
        floats.clear();
        if read(data, &mut floats) {
            convert.push(&floats, &mut hear);
        }
    };
    let (format, config) = (supported.sample_format(), config(&supported));
    let stream = device.build_input_stream_raw(config, format, heard, told(lost), Some(PATIENCE));
    begun(stream)
}

fn play(device: Option<&str>, mut say: Say, lost: Lost) -> Result<cpal::Stream, DeviceError> {
    let host = cpal::default_host();
    let all = host.output_devices().map_err(|error| failed(&error))?;
    let device = find(device, host.default_output_device(), all)?;
    let supported = device.default_output_config().map_err(|error| failed(&error))?;
    let mut convert = ToDevice::new(supported.channels(), supported.sample_rate())?;
    let mut floats = Vec::new();
    let wanted = move |data: &mut cpal::Data, _: &cpal::OutputCallbackInfo| {
        floats.clear();
        floats.resize(data.len(), 0.0);
        convert.fill(&mut floats, &mut say);
        write(data, &floats);
    };
    let (format, config) = (supported.sample_format(), config(&supported));
    let stream = device.build_output_stream_raw(config, format, wanted, told(lost), Some(PATIENCE));
    begun(stream)
}

fn begun(stream: Result<cpal::Stream, cpal::Error>) -> Result<cpal::Stream, DeviceError> {
    let stream = stream.map_err(|error| failed(&error))?;
    stream.play().map_err(|error| failed(&error))?;
    Ok(stream)
}

/// Reads samples of any kind; those that there are in devices.
fn read(data: &cpal::Data, floats: &mut Vec<f32>) -> bool {
    use cpal::Sample;
    macro_rules! read {
        ($($format:ident => $kind:ty),*) => {
            match data.sample_format() {
                $(SampleFormat::$format => data.as_slice::<$kind>().map(|samples| {
                    floats.extend(samples.iter().map(|sample| sample.to_sample::<f32>()));
                }),)*
                _ => None,
            }
        };
    }
    read!(F32 => f32, I16 => i16, I32 => i32, I24 => cpal::I24, U8 => u8, I8 => i8, U16 => u16, F64 => f64).is_some()
}

fn write(data: &mut cpal::Data, floats: &[f32]) {
    use cpal::Sample;
    macro_rules! write {
        ($($format:ident => $kind:ty),*) => {
            match data.sample_format() {
                $(SampleFormat::$format => {
                    for (to, from) in data.as_slice_mut::<$kind>().unwrap_or_default().iter_mut().zip(floats) {
                        *to = from.to_sample::<$kind>();
                    }
                })*
                _ => {}
            }
        };
    }
    write!(F32 => f32, I16 => i16, I32 => i32, I24 => cpal::I24, U8 => u8, I8 => i8, U16 => u16, F64 => f64);
}

/// What goes wrong while it flows; much of it is only a click.
fn told(lost: Lost) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error| match error.kind() {
        ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {
            tracing::debug!(%error, "sound went on");
        }
        _ => {
            lost.send_replace(Some(match failed(&error) {
                DeviceError::Missing => DeviceError::Gone,
                other => other,
            }));
        }
    }
}

fn failed(error: &cpal::Error) -> DeviceError {
    match error.kind() {
        ErrorKind::DeviceBusy => DeviceError::Busy,
        ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated => DeviceError::Gone,
        ErrorKind::HostUnavailable => DeviceError::Missing,
        ErrorKind::PermissionDenied => DeviceError::Forbidden,
        _ => DeviceError::Failed(error.to_string()),
    }
}
