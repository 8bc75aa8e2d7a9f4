//! One connection to the sound server, in its native protocol.

use std::ffi::CString;
use std::io::{BufReader, Cursor, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, CommandReply, Descriptor, DescriptorFlags, Prop, Props, ProtocolError,
    PulseError, SetClientNameReply, TagStructReader,
};

use super::super::DeviceError;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest message that is taken; what is larger is no sound and no answer.
const LONGEST: u32 = 16 << 20;
/// Bytes of what shows that we are the user whose server it is.
const COOKIE: usize = 256;
/// What a message is sent to that is no sound.
const CONTROL: u32 = u32::MAX;

/// A connection. Dropping it takes its streams with it.
pub(super) struct Wire {
    socket: BufReader<UnixStream>,
    version: u16,
    next: u32,
    payload: Vec<u8>,
}

/// What comes in.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is not kept")]
pub(super) enum Message<'a> {
    /// An answer to, or a word of the server's own; what is left of it is read by whoever knows what it is.
    Command(u32, Command, Cursor<&'a [u8]>),
    /// What a microphone heard.
    Sound(&'a [u8]),
}

impl Wire {
    /// # Errors
    /// [`DeviceError::Missing`] where nobody listens.
    pub(super) fn connect(path: &Path) -> Result<Self, DeviceError> {
        let socket = UnixStream::connect(path).map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => DeviceError::Forbidden,
            _ => DeviceError::Missing,
        })?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
        socket.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
        let version = protocol::MAX_VERSION;
        let mut wire = Self { socket: BufReader::new(socket), version, next: 0, payload: Vec::new() };
        let mut cookie =
            pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        // One that is not as long is a mistake, and not only a wrong one.
        cookie.resize(COOKIE, 0);
        let auth = AuthParams { version, supports_shm: false, supports_memfd: false, cookie };
        wire.version = wire.ask::<AuthReply>(&Command::Auth(auth))?.version.min(version);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"Waxwing");
        props.set(Prop::ApplicationId, c"im.waxwing.Waxwing");
        if let Ok(process) = CString::new(std::process::id().to_string()) {
            props.set(Prop::ApplicationProcessId, process);
        }
        wire.ask::<SetClientNameReply>(&Command::SetClientName(props))?;
        Ok(wire)
    }

    /// Ends it from elsewhere: whoever waits for a message gets an error.
    pub(super) fn stopper(&self) -> Result<Stopper, DeviceError> {
        self.socket.get_ref().try_clone().map(Stopper).map_err(broken)
    }

    /// From now on messages come when they come.
    pub(super) fn wait_for_ever(&self) -> Result<(), DeviceError> {
        self.socket.get_ref().set_read_timeout(None).map_err(broken)
    }

    /// Says something; its number comes back with the answer.
    pub(super) fn tell(&mut self, command: &Command) -> Result<u32, DeviceError> {
        let number = self.next;
        self.next = self.next.wrapping_add(1) & 0x7FFF_FFFF;
        let mut message = Vec::new();
        protocol::write_command_message(&mut message, number, command, self.version).map_err(theirs)?;
        self.socket.get_mut().write_all(&message).map_err(broken)?;
        Ok(number)
    }

    /// Says something that is answered by no more than yes.
    pub(super) fn ask_only(&mut self, command: &Command) -> Result<(), DeviceError> {
        let number = self.tell(command)?;
        self.answer(number, |_| Ok(()))
    }

    /// Asks, and waits for the answer. Not where sound flows already: what comes in between is left out.
    pub(super) fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, DeviceError> {
        let number = self.tell(command)?;
        let version = self.version;
        self.answer(number, |mut rest| TagStructReader::new(&mut rest, version).read().map_err(theirs))
    }

    fn answer<R>(
        &mut self,
        number: u32,
        read: impl FnOnce(Cursor<&[u8]>) -> Result<R, DeviceError>,
    ) -> Result<R, DeviceError> {
        loop {
            match self.message()? {
                Some(Message::Command(to, Command::Reply, rest)) if to == number => return read(rest),
                Some(Message::Command(to, Command::Error(error), _)) if to == number => return Err(refused(error)),
                _ => {}
            }
        }
    }

    /// The next message; `None` for one that is not known.
    pub(super) fn message(&mut self) -> Result<Option<Message<'_>>, DeviceError> {
        let Descriptor { length, channel, .. } = protocol::read_descriptor(&mut self.socket).map_err(theirs)?;
        if length > LONGEST {
            return Err(DeviceError::Failed(format!("the sound server sends {length} bytes at once")));
        }
        self.payload.clear();
        let whole = (&mut self.socket).take(u64::from(length)).read_to_end(&mut self.payload).map_err(broken)?;
        if u32::try_from(whole) != Ok(length) {
            return Err(DeviceError::Gone);
        }
        if channel != CONTROL {
            return Ok(Some(Message::Sound(&self.payload)));
        }
        let mut rest = Cursor::new(&self.payload[..]);
        let command = Command::read_tag_prefixed(&mut rest, self.version);
        Ok(command.ok().map(|(number, command)| Message::Command(number, command, rest)))
    }

    /// Sends sound to a stream.
    pub(super) fn play(&mut self, channel: u32, samples: &[u8]) -> Result<(), DeviceError> {
        let length = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        let mut head = [0; protocol::DESCRIPTOR_SIZE];
        let descriptor = Descriptor { length, channel, offset: 0, flags: DescriptorFlags::empty() };
        protocol::encode_descriptor(&mut head, &descriptor);
        let socket = self.socket.get_mut();
        socket.write_all(&head).and_then(|()| socket.write_all(samples)).map_err(broken)
    }
}

/// Ends a connection when it is dropped.
pub(super) struct Stopper(UnixStream);

impl Drop for Stopper {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn broken(error: std::io::Error) -> DeviceError {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => DeviceError::Busy,
        _ => DeviceError::Gone,
    }
}

fn theirs(error: ProtocolError) -> DeviceError {
    match error {
        ProtocolError::Io(error) => broken(error),
        ProtocolError::ServerError(error) => refused(error),
        ProtocolError::Timeout => DeviceError::Busy,
        other => DeviceError::Failed(other.to_string()),
    }
}

fn refused(error: PulseError) -> DeviceError {
    match error {
        PulseError::NoEntity => DeviceError::Gone,
        PulseError::AccessDenied | PulseError::AuthKey => DeviceError::Forbidden,
        PulseError::Busy | PulseError::Timeout => DeviceError::Busy,
        other => DeviceError::Failed(other.to_string()),
    }
}
