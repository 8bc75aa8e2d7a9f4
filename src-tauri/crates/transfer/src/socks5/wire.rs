//! The few bytes of RFC 1928 that a bytestream takes: no authentication, CONNECT, a name.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::error::Error;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NOTHING_ACCEPTABLE: u8 = 0xff;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;
const NOT_ALLOWED: u8 = 2;
const NO_SUCH_COMMAND: u8 = 7;
const NO_SUCH_ADDRESS: u8 = 8;
const OTHER_PROTOCOL: Error = Error::Protocol("not SOCKS5");

/// As the server: reads the greeting and the request, and answers as `known` says of the name. At most 519 bytes are
/// read; the caller bounds the time.
pub(super) async fn serve<T>(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    known: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Error> {
    let mut head = [0; 2];
    read(stream, &mut head).await?;
    if head[0] != VERSION {
        return Err(OTHER_PROTOCOL);
    }
    let mut methods = vec![0; head[1].into()];
    read(stream, &mut methods).await?;
    if !methods.contains(&NO_AUTHENTICATION) {
        write(stream, &[VERSION, NOTHING_ACCEPTABLE]).await?;
        return Err(Error::Protocol("wants to authenticate"));
    }
    write(stream, &[VERSION, NO_AUTHENTICATION]).await?;

    let mut request = [0; 4];
    read(stream, &mut request).await?;
    let refuse = match request {
        [VERSION, CONNECT, _, NAME] => None,
        [VERSION, CONNECT, ..] => Some(NO_SUCH_ADDRESS),
        [VERSION, ..] => Some(NO_SUCH_COMMAND),
        _ => return Err(OTHER_PROTOCOL),
    };
    if let Some(reply) = refuse {
        write(stream, &[VERSION, reply, 0, IPV4, 0, 0, 0, 0, 0, 0]).await?;
        return Err(Error::Socks(reply));
    }
    let mut length = [0];
    read(stream, &mut length).await?;
    let mut name = vec![0; length[0].into()];
    read(stream, &mut name).await?;
    // It has to be 0 and says nothing (XEP-0065 §5.3.2).
    let mut port = [0; 2];
    read(stream, &mut port).await?;
    let found = std::str::from_utf8(&name).ok().and_then(known);
    let reply = if found.is_some() { 0 } else { NOT_ALLOWED };
    let mut answer = vec![VERSION, reply, 0, NAME, length[0]];
    answer.extend(&name);
    answer.extend(port);
    write(stream, &answer).await?;
    found.ok_or(Error::Socks(NOT_ALLOWED))
}

/// As the client: asks for `name`. Takes an answer of any form, as proxies differ.
pub(super) async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), name: &str) -> Result<(), Error> {
    let length = u8::try_from(name.len()).map_err(|_| Error::Protocol("an address too long"))?;
    write(stream, &[VERSION, 1, NO_AUTHENTICATION]).await?;
    let mut chosen = [0; 2];
    read(stream, &mut chosen).await?;
    if chosen != [VERSION, NO_AUTHENTICATION] {
        return Err(OTHER_PROTOCOL);
    }
    let mut request = vec![VERSION, CONNECT, 0, NAME, length];
    request.extend(name.as_bytes());
    request.extend([0, 0]);
    write(stream, &request).await?;
    let mut answer = [0; 4];
    read(stream, &mut answer).await?;
    let [VERSION, reply, _, kind] = answer else { return Err(OTHER_PROTOCOL) };
    if reply != 0 {
        return Err(Error::Socks(reply));
    }
    let bound = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => {
            let mut length = [0];
            read(stream, &mut length).await?;
            usize::from(length[0])
        }
        _ => return Err(OTHER_PROTOCOL),
    };
    // Nothing behind it is touched: the file may begin there.
    read(stream, &mut vec![0; bound + 2]).await
}

async fn read(stream: &mut (impl AsyncRead + Unpin), bytes: &mut [u8]) -> Result<(), Error> {
    stream.read_exact(bytes).await.map(drop).map_err(|error| Error::cut(&error))
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), Error> {
    stream.write_all(bytes).await.map_err(|error| Error::cut(&error))
}
