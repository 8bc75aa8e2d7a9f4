//! Looking at what a node shows, in a thread of its own.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pipewire::channel;
use pipewire::core::PW_ID_CORE;
use pipewire::properties::{PropertiesBox, properties};
use pipewire::spa::param::ParamType;
use pipewire::spa::pod::Pod;
use pipewire::spa::utils::Direction;
use pipewire::stream::{Stream, StreamBox, StreamFlags, StreamState};
use pipewire::types::ObjectType;

use super::format::{self, Agreed, Asked};
use super::{Link, Remote, frame, unseen};
use crate::screen::{Capture, Failure, Seen};
use crate::video::Picture;

/// A camera takes a second or two to show something. One that was asked the moment it was plugged in may have to be asked
/// again, and what shows nothing then never will.
const FIRST: Duration = Duration::from_secs(4);
const TRIES: u32 = 3;
/// How often it is looked whether that has passed.
const TICK: Duration = Duration::from_millis(500);

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The node of this `node.name`.
    Named(String),
    /// The node of this number.
    Numbered(u32),
}

/// When pictures are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As they come.
    Source,
    /// By the clock, the last one again where none came: what comes only when something changes.
    Clock,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub target: Target,
    pub pace: Pace,
    /// Pictures a second at most.
    pub rate: u32,
}

/// Looks as long as it is kept.
pub struct Running(channel::Sender<()>);

impl Capture for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// Looks until what is returned is dropped. That the node is gone, or cannot be seen, is told by [`Seen::Gone`], after which
/// nothing comes.
///
/// # Errors
/// [`Failure::Unseen`] where there are no threads left.
pub fn watch(remote: Remote, wish: Wish, seen: Box<dyn FnMut(Seen) + Send>) -> Result<Running, Failure> {
    let (running, over) = channel::channel();
    let work = move || {
        let sight = Rc::new(RefCell::new(Sight::new(&wish, seen)));
        match look(remote, &wish, &sight, over) {
            Ok(End::Dropped) => return,
            Ok(End::Silent) => tracing::info!("a node of PipeWire shows nothing"),
            Ok(End::Gone(why)) => tracing::debug!(why, "a node of PipeWire shows nothing more"),
            Err(error) => tracing::info!(%error, "a node of PipeWire cannot be seen"),
        }
        (sight.borrow_mut().seen)(Seen::Gone);
    };
    std::thread::Builder::new().name("pipewire".into()).spawn(work).map_err(unseen)?;
    Ok(Running(running))
}

/// Why it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Dropped,
    Gone(String),
    /// Nothing was seen.
    Silent,
}

/// What is seen, and who is told.
struct Sight {
    pace: Pace,
    interval: Duration,
    agreed: Option<Agreed>,
    last: Option<Picture>,
    /// When the next picture is due.
    due: Instant,
    seen: Box<dyn FnMut(Seen) + Send>,
}

impl Sight {
    fn new(wish: &Wish, seen: Box<dyn FnMut(Seen) + Send>) -> Self {
        let interval = Duration::from_secs(1) / wish.rate.clamp(1, 60);
        Self { pace: wish.pace, interval, agreed: None, last: None, due: Instant::now(), seen }
    }

    /// The newest of what lies ready; the others are given back unread.
    fn process(&mut self, stream: &Stream) {
        let Some(mut buffer) = stream.dequeue_buffer() else { return };
        while let Some(newer) = stream.dequeue_buffer() {
            buffer = newer;
        }
        let now = Instant::now();
        // Cameras are not exact.
        let soon = self.pace == Pace::Source && now + self.interval / 4 < self.due;
        let Some(agreed) = self.agreed.filter(|_| !soon) else { return };
        let Some(picture) = frame::picture(&mut buffer, &agreed) else { return };
        drop(buffer);
        self.due = (self.due + self.interval).max(now);
        if self.pace == Pace::Source {
            (self.seen)(Seen::Picture(picture.clone()));
        }
        self.last = Some(picture);
    }

    fn tick(&mut self) {
        if let (Pace::Clock, Some(picture)) = (self.pace, &self.last) {
            (self.seen)(Seen::Picture(picture.clone()));
        }
    }
}

/// Looks until it is over.
fn look(remote: Remote, wish: &Wish, sight: &Rc<RefCell<Sight>>, over: channel::Receiver<()>) -> Result<End, Failure> {
    let link = Link::open(remote)?;
    let end = Rc::new(RefCell::new(None));
    let stop = {
        let (main, end) = (link.main.clone(), Rc::clone(&end));
        move |why: End| {
            end.borrow_mut().get_or_insert(why);
            main.quit();
        }
    };
    let dropped = stop.clone();
    let _over = over.attach(link.main.loop_(), move |()| dropped(End::Dropped));
    let lost = stop.clone();
    let _lost = link
        .core
        .add_listener_local()
        .error(move |id, _, _, message| {
            if id == PW_ID_CORE {
                lost(End::Gone(message.to_owned()));
            }
        })
        .register();
    let _removed = removed(&link, &wish.target, stop.clone())?;
    for _ in 0..TRIES {
        let stream = StreamBox::new(&link.core, "Waxwing", wanted(wish)?).map_err(unseen)?;
        let _listener = listen(&stream, sight, stop.clone())?;
        connect(&stream, wish)?;
        // It may have failed at once.
        if end.borrow().is_none() {
            run(&link, wish, sight, stop.clone());
        }
        let end = end.borrow_mut().take();
        if end != Some(End::Silent) {
            return Ok(end.unwrap_or(End::Gone("its loop ended".into())));
        }
    }
    Ok(End::Silent)
}

/// Lets come what comes, until something ends it.
fn run(link: &Link, wish: &Wish, sight: &Rc<RefCell<Sight>>, stop: impl Fn(End) + 'static) {
    let (begun, ticks) = (Instant::now(), Rc::clone(sight));
    let timer = link.main.loop_().add_timer(move |_| {
        let mut sight = ticks.borrow_mut();
        sight.tick();
        if sight.last.is_none() && begun.elapsed() > FIRST {
            stop(End::Silent);
        }
    });
    let tick = if wish.pace == Pace::Clock { sight.borrow().interval } else { TICK };
    let _ = timer.update_timer(Some(tick), Some(tick));
    link.main.run();
}

/// Hears when the node is taken out of the graph.
fn removed(
    link: &Link,
    target: &Target,
    stop: impl Fn(End) + 'static,
) -> Result<(pipewire::registry::RegistryRc, pipewire::registry::Listener), Failure> {
    let registry = link.core.get_registry_rc().map_err(unseen)?;
    let number = Rc::new(RefCell::new(match target {
        Target::Numbered(number) => Some(*number),
        Target::Named(_) => None,
    }));
    let (target, found) = (target.clone(), Rc::clone(&number));
    let listener = registry
        .add_listener_local()
        .global(move |global| {
            let name = global.props.and_then(|props| props.get("node.name"));
            if let (ObjectType::Node, Target::Named(wanted), Some(name)) = (&global.type_, &target, name)
                && wanted == name
            {
                *found.borrow_mut() = Some(global.id);
            }
        })
        .global_remove(move |id| {
            if *number.borrow() == Some(id) {
                stop(End::Gone("it was taken out of the graph".into()));
            }
        })
        .register();
    Ok((registry, listener))
}

/// How the stream is known, and to what it wants to be linked.
fn wanted(wish: &Wish) -> Result<PropertiesBox, Failure> {
    let mut wanted = properties! {
        "media.type" => "Video",
        "media.category" => "Capture",
        "media.role" => if wish.pace == Pace::Source { "Camera" } else { "Screen" },
        "application.name" => "Waxwing",
        // What was chosen is shown, and nothing else in its place.
        "node.dont-reconnect" => "true",
    };
    if let Target::Named(name) = &wish.target {
        if name.contains('\0') {
            return Err(Failure::Gone);
        }
        wanted.insert("target.object", name.as_str());
    }
    Ok(wanted)
}

fn listen(
    stream: &StreamBox<'_>,
    sight: &Rc<RefCell<Sight>>,
    stop: impl Fn(End) + Clone + 'static,
) -> Result<pipewire::stream::StreamListener<()>, Failure> {
    let (agrees, processes, unusable) = (Rc::clone(sight), Rc::clone(sight), stop.clone());
    let mut was_connected = false;
    stream
        .add_local_listener::<()>()
        .state_changed(move |_, (), _, new| match new {
            StreamState::Error(error) => stop(End::Gone(error)),
            StreamState::Unconnected if was_connected => stop(End::Gone("it was disconnected".into())),
            StreamState::Unconnected => {}
            _ => was_connected = true,
        })
        .param_changed(move |stream, (), id, param| {
            if id != ParamType::Format.as_raw() {
                return;
            }
            let agreed = param.map(format::agreed);
            // Until there is a format again, what comes cannot be read.
            agrees.borrow_mut().agreed = agreed.flatten();
            if agreed == Some(None) {
                unusable(End::Gone("it shows what cannot be read".into()));
            }
            if let Some(Some(agreed)) = agreed {
                let buffers = format::buffers(&agreed);
                let mut pods: Vec<&Pod> = buffers.iter().filter_map(|bytes| Pod::from_bytes(bytes)).collect();
                let _ = stream.update_params(&mut pods);
            }
        })
        .process(move |stream, ()| processes.borrow_mut().process(stream))
        .register()
        .map_err(unseen)
}

fn connect(stream: &StreamBox<'_>, wish: &Wish) -> Result<(), Failure> {
    let rate = wish.rate.clamp(1, 60);
    let asked = if wish.pace == Pace::Source { Asked::camera(rate) } else { Asked::screen() };
    let formats: Vec<_> = asked.iter().filter_map(|asked| asked.pod(rate)).collect();
    let mut pods: Vec<&Pod> = formats.iter().filter_map(|bytes| Pod::from_bytes(bytes)).collect();
    let number = match wish.target {
        Target::Numbered(number) => Some(number),
        Target::Named(_) => None,
    };
    let flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS | StreamFlags::DONT_RECONNECT;
    stream.connect(Direction::Input, number, flags, &mut pods).map_err(unseen)
}
