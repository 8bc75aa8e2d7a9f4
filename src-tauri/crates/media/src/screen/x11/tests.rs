//! Under a server of their own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::protocol::xproto::{CreateWindowAux, PropMode};
use x11rb::wrapper::ConnectionExt as _;

use super::*;
use crate::video::Picture;

const SOON: Duration = Duration::from_secs(10);
const RED: [u8; 3] = [82, 90, 240];
const BLUE: [u8; 3] = [41, 240, 110];

struct Server {
    child: Child,
    name: String,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { child, name: format!(":{}", line.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program with windows.
struct Program {
    connection: RustConnection,
    root: Window,
}

impl Program {
    fn start(server: &Server) -> Self {
        let (connection, number) = x11rb::connect(Some(&server.name)).unwrap();
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    fn window(&self, title: &str, (x, y, width, height): (i16, i16, u16, u16), colour: u32) -> Window {
        let window = self.connection.generate_id().unwrap();
        let how = CreateWindowAux::new().background_pixel(colour);
        self.connection
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                window,
                self.root,
                x,
                y,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &how,
            )
            .unwrap();
        let name = AtomEnum::WM_NAME;
        self.connection.change_property8(PropMode::REPLACE, window, name, AtomEnum::STRING, title.as_bytes()).unwrap();
        self.connection.map_window(window).unwrap();
        self.connection.sync().unwrap();
        window
    }
}

fn close(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 3)
}

/// Looks at something until it is as it should be.
fn until(seen: &mpsc::Receiver<Seen>, what: &str, right: impl Fn(&Picture) -> bool) -> Picture {
    let end = std::time::Instant::now() + SOON;
    while std::time::Instant::now() < end {
        match seen.recv_timeout(SOON).expect("something is seen") {
            Seen::Picture(picture) if right(&picture) => return picture,
            Seen::Picture(_) => {}
            Seen::Gone => panic!("gone before {what}"),
        }
    }
    panic!("{what} is not seen");
}

fn look(screens: &X11, id: Id) -> (Box<dyn Capture>, mpsc::Receiver<Seen>) {
    let (give, seen) = mpsc::channel();
    let capture = screens.capture(id, 30, Box::new(move |one| drop(give.send(one)))).unwrap();
    (capture, seen)
}

#[test]
fn screens_and_windows_are_listed_and_seen() {
    let server = Server::start();
    let program = Program::start(&server);
    let window = program.window("A red one", (100, 50, 301, 201), 0x00ff_0000);
    let screens = X11::open(Some(&server.name)).unwrap();
    let all = screens.list().unwrap();
    let screen = all.iter().find(|one| matches!(one.id, Id::Screen(_))).expect("there is a screen");
    assert_eq!((screen.width, screen.height), (800, 600));
    let red = all.iter().find(|one| one.id == Id::Window(window)).expect("there is a window");
    assert_eq!((red.title.as_str(), red.width, red.height), ("A red one", 300, 200));
    let thumbnail = red.thumbnail.as_ref().unwrap();
    assert!(thumbnail.width <= THUMBNAIL.0 && thumbnail.height <= THUMBNAIL.1);
    assert_eq!(thumbnail.rgba.len(), thumbnail.width * thumbnail.height * 4);
    let middle = (thumbnail.height / 2 * thumbnail.width + thumbnail.width / 2) * 4;
    assert!(
        thumbnail.rgba[middle] > 240 && thumbnail.rgba[middle + 2] < 15,
        "{:?}",
        &thumbnail.rgba[middle..middle + 4]
    );

    let (_capture, seen) = look(&screens, screen.id);
    until(&seen, "the window on the screen", |picture| {
        close(picture.at(110, 60), RED) && close(picture.at(390, 240), RED) && !close(picture.at(90, 60), RED)
    });
}

#[test]
fn a_window_is_seen_where_it_is_covered_grows_and_is_closed() {
    let server = Server::start();
    let program = Program::start(&server);
    let window = program.window("below", (100, 50, 300, 200), 0x00ff_0000);
    let screens = X11::open(Some(&server.name)).unwrap();
    let (_capture, seen) = look(&screens, Id::Window(window));
    let whole = |picture: &Picture| close(picture.at(5, 5), RED) && close(picture.at(picture.width() - 5, 150), RED);
    until(&seen, "the window", whole);
    program.window("above", (0, 0, 800, 600), 0x0000_00ff);
    (0..10).for_each(|_| drop(until(&seen, "the covered window", whole)));
    let (_screen, on_screen) = look(&screens, Id::Screen(0));
    until(&on_screen, "what covers it", |picture| close(picture.at(200, 100), BLUE));

    let larger = x11rb::protocol::xproto::ConfigureWindowAux::new().width(500);
    program.connection.configure_window(window, &larger).unwrap();
    program.connection.sync().unwrap();
    until(&seen, "the larger window", |picture| picture.width() == 500 && whole(picture));

    program.connection.destroy_window(window).unwrap();
    program.connection.sync().unwrap();
    let end = std::iter::from_fn(|| seen.recv_timeout(SOON).ok()).find(|one| *one == Seen::Gone);
    assert!(end.is_some(), "its end is told");
    assert!(seen.recv_timeout(SOON).is_err(), "and nothing after it");
    assert!(matches!(screens.capture(Id::Window(window), 10, Box::new(|_| {})), Err(Failure::Gone)));
}

#[test]
fn the_pointer_is_drawn_and_dropping_stops() {
    let server = Server::start();
    let program = Program::start(&server);
    let window = program.window("pointed at", (100, 50, 300, 200), 0x00ff_0000);
    let connection = &program.connection;
    let (font, cursor) = (connection.generate_id().unwrap(), connection.generate_id().unwrap());
    connection.open_font(font, b"cursor").unwrap();
    let full = u16::MAX;
    // A full box, as the fonts of cursors have it, white on white.
    connection.create_glyph_cursor(cursor, font, font, 88, 89, full, full, full, full, full, full).unwrap();
    let how = x11rb::protocol::xproto::ChangeWindowAttributesAux::new().cursor(cursor);
    connection.change_window_attributes(window, &how).unwrap();
    connection.warp_pointer(x11rb::NONE, program.root, 0, 0, 0, 0, 250, 150).unwrap();
    connection.sync().unwrap();
    let screens = X11::open(Some(&server.name)).unwrap();
    let white = |picture: &Picture, x: usize, y: usize| {
        let near = (x - 12..x + 12).flat_map(|x| (y - 12..y + 12).map(move |y| (x, y)));
        near.filter(|(x, y)| picture.at(*x, *y)[0] > 200).count()
    };
    let (capture, seen) = look(&screens, Id::Window(window));
    until(&seen, "the pointer over the window", |picture| white(picture, 150, 100) > 10);
    let (_screen, on_screen) = look(&screens, Id::Screen(0));
    until(&on_screen, "the pointer on the screen", |picture| white(picture, 250, 150) > 10);
    connection.warp_pointer(x11rb::NONE, program.root, 0, 0, 0, 0, 120, 70).unwrap();
    connection.sync().unwrap();
    until(&seen, "that it moved", |picture| white(picture, 150, 100) == 0 && white(picture, 20, 20) > 10);
    drop(capture);
    while seen.recv_timeout(SOON).is_ok() {}
    assert_eq!(seen.try_recv(), Err(mpsc::TryRecvError::Disconnected));
}
