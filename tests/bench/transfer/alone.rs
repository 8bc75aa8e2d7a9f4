//! What the engine of calls reaches by itself: two connections of it in one process, and nothing of ours around them.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::BytesMut;
use harness::{Context as _, Result, bail};
use tokio::sync::mpsc;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
};

/// Bytes that may be under way; the engine would take all there are.
const WAITING: usize = 1024 * 1024;

/// What one of them tells.
enum Heard {
    Gathered,
    Channel(Arc<dyn DataChannel>),
}

struct Handler(mpsc::UnboundedSender<Heard>);

#[async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            let _ = self.0.send(Heard::Gathered);
        }
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        let _ = self.0.send(Heard::Channel(channel));
    }
}

struct Side {
    connection: Arc<dyn PeerConnection>,
    heard: mpsc::UnboundedReceiver<Heard>,
}

impl Side {
    async fn new() -> Result<Self> {
        let (tell, heard) = mpsc::unbounded_channel();
        let built = PeerConnectionBuilder::new()
            .with_handler(Arc::new(Handler(tell)))
            .with_data_channel_send_buffer_limit(WAITING)
            .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
            .build();
        Ok(Self { connection: Arc::new(built.await?), heard })
    }

    async fn gathered(&mut self) -> Result<()> {
        while !matches!(self.heard.recv().await.context("it is over")?, Heard::Gathered) {}
        Ok(())
    }

    async fn channel(&mut self) -> Result<Arc<dyn DataChannel>> {
        loop {
            if let Heard::Channel(channel) = self.heard.recv().await.context("it is over")? {
                return Ok(channel);
            }
        }
    }
}

/// Seconds that so many bytes take, in messages of so many, from the first that is sent to the last that comes.
pub async fn alone(size: u64, message: usize) -> Result<f64> {
    let (mut ann, mut bob) = (Side::new().await?, Side::new().await?);
    let channel = ann.connection.create_data_channel("file", None).await?;
    ann.connection.set_local_description(ann.connection.create_offer(None).await?).await?;
    ann.gathered().await?;
    let offer = ann.connection.local_description().await.context("no offer")?;
    bob.connection.set_remote_description(offer).await?;
    bob.connection.set_local_description(bob.connection.create_answer(None).await?).await?;
    bob.gathered().await?;
    let answer = bob.connection.local_description().await.context("no answer")?;
    ann.connection.set_remote_description(answer).await?;
    while !matches!(channel.poll().await.context("it does not open")?, DataChannelEvent::OnOpen) {}

    let began = Instant::now();
    let sending = tokio::spawn(async move {
        let (full, mut left) = (BytesMut::from(vec![7; message].as_slice()), size);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(message).min(message);
            channel.send(BytesMut::from(&full[..most])).await?;
            left -= most as u64;
        }
        // It would close with the last that holds it.
        Ok::<_, webrtc::error::Error>(channel)
    });
    let (incoming, mut came) = (bob.channel().await?, 0_u64);
    while came < size {
        match incoming.poll().await {
            Some(DataChannelEvent::OnMessage(message)) => came += message.data.len() as u64,
            Some(DataChannelEvent::OnClose) | None => bail!("it closed after {came} bytes"),
            Some(_) => {}
        }
    }
    let took = began.elapsed().as_secs_f64();
    drop(sending.await??);
    ann.connection.close().await?;
    bob.connection.close().await?;
    Ok(took)
}
