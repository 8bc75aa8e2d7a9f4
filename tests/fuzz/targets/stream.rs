//! Anything a server may send on a stream. Reading ends, keeps its bounds, and finds the same however the bytes arrive.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::StreamExt as _;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, initiate_stream};
use waxwing_session::limits::{Inbound, MAX_DEPTH, XmlStream};
use waxwing_session::ns;
use waxwing_session::tap::Watch;
use waxwing_session::wire::{BEFORE_SIGN_IN, Wire};
use waxwing_session::xml::{Element, to_string};

const HEADER: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' from='example.test' id='1' version='1.0'>";
/// A bound on what may arrive that inputs of a fuzzer's size reach.
const LOW: usize = 1024;
/// What stands for what was cut may be as much longer than it.
const MARK: usize = 40;

pub fn run(data: &[u8]) {
    // An input may bring a header of its own.
    let data = if data.starts_with(b"<?xml") { data.to_vec() } else { [HEADER, data].concat() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let at_once = runtime.block_on(read(data.clone(), 4096, BEFORE_SIGN_IN));
    let in_pieces = runtime.block_on(read(data.clone(), 7, LOW));
    if data.len() <= LOW {
        assert_eq!(at_once, in_pieces);
    } else {
        assert!(at_once.0.starts_with(&in_pieces.0), "a bound cuts short and changes nothing else");
    }
}

/// What is found in it by reading as a session does (whole, or skipped), and how that ends.
async fn read(data: Vec<u8>, piece: usize, limit: usize) -> (Vec<Result<Element, Element>>, &'static str) {
    let transport = tokio::io::join(Pieces { data, at: 0, piece }, tokio::io::sink());
    let wire = Wire::new(Box::new(transport), Watch::default());
    let meter = wire.meter().clone();
    meter.set_limit(limit);
    let (mut found, mut before) = (Vec::new(), 0);
    let header = StreamHeader { from: None, to: Some("example.test".into()), id: None };
    let Ok(pending) = initiate_stream(wire, ns::CLIENT, header, Timeouts::default()).await else {
        return (found, "no stream");
    };
    let mut stream: XmlStream<Wire> = pending.skip_features();
    loop {
        let next = stream.next().await;
        let read = meter.total() - std::mem::replace(&mut before, meter.total());
        assert!(read <= (limit + piece + MARK) as u64, "{read} bytes for one element");
        meter.reset();
        found.push(match next {
            Some(Ok(Inbound::Element(element))) => {
                assert!(depth(&element) <= MAX_DEPTH);
                // minidom reads nothing that has no namespace.
                if is_named(&element) {
                    assert_eq!(to_string(&element).parse().ok().as_ref(), Some(&element), "written and read again");
                }
                Ok(element)
            }
            Some(Ok(Inbound::Skipped(head))) => {
                assert!(head.nodes().next().is_none());
                Err(head)
            }
            Some(Err(ReadError::StreamFooterReceived)) | None => return (found, "closed"),
            Some(Err(ReadError::HardError(_))) => return (found, "broken"),
            // The one is for types of elements, the other takes a minute.
            Some(Err(error @ (ReadError::ParseError(_) | ReadError::SoftTimeout))) => panic!("{error}"),
        });
    }
}

fn is_named(element: &Element) -> bool {
    !element.ns().is_empty() && element.children().all(is_named)
}

fn depth(element: &Element) -> usize {
    1 + element.children().map(depth).max().unwrap_or(0)
}

/// Bytes that arrive so many at a time.
struct Pieces {
    data: Vec<u8>,
    at: usize,
    piece: usize,
}

impl AsyncRead for Pieces {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let rest = &self.data[self.at..];
        let piece = self.piece.min(rest.len()).min(buf.remaining());
        buf.put_slice(&rest[..piece]);
        self.at += piece;
        Poll::Ready(Ok(()))
    }
}
