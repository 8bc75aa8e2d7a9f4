use std::fs;
use std::path::Path;

use tokio::io::{DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const IDLE: Duration = Duration::from_secs(20);

/// Bytes that are the same nowhere.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend(state.to_le_bytes());
    }
    out.truncate(length);
    out
}

fn sha256(bytes: &[u8]) -> Hash {
    Hash { algo: Algo::Sha256, value: ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().to_vec() }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn outgoing(&self, bytes: &[u8]) -> Outgoing {
        let path = self.0.path().join("out");
        fs::write(&path, bytes).unwrap();
        let algorithms = vec![Algo::Sha256];
        Outgoing { path, size: bytes.len() as u64, offset: 0, length: None, algorithms, idle: IDLE }
    }

    fn part(&self) -> Part {
        Part::create(&self.0.path().join("parts")).unwrap()
    }
}

fn incoming(whole: &[u8]) -> Incoming {
    Incoming { size: whole.len() as u64, offset: 0, hashes: vec![sha256(whole)], algorithms: Vec::new(), idle: IDLE }
}

async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ours, theirs) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    (ours.unwrap(), theirs.unwrap().0)
}

/// Receives what this writes by itself.
async fn received(what: Incoming, part: &Part, written: &[u8], stay: bool) -> Result<Vec<Hash>, Error> {
    let (mut ours, mut theirs) = duplex(written.len() + 1);
    theirs.write_all(written).await.unwrap();
    let stays: Option<DuplexStream> = stay.then_some(theirs);
    let result = receive(what, &mut ours, part, &Control::new()).await;
    drop(stays);
    result
}

#[tokio::test]
async fn every_size_arrives() {
    for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 77] {
        let (folder, whole) = (Folder::new(), bytes(size));
        let (part, (mut ours, mut theirs)) = (folder.part(), sockets().await);
        let (there, here) = (Control::new(), Control::new());
        let (sent, received) = tokio::join!(
            send(folder.outgoing(&whole), &mut ours, &there),
            receive(incoming(&whole), &mut theirs, &part, &here)
        );
        assert_eq!(sent.unwrap(), [sha256(&whole)]);
        assert_eq!(received.unwrap(), [sha256(&whole)]);
        assert_eq!(fs::read(part.path()).unwrap(), whole);
        for control in [there, here] {
            let progress = *control.progress().borrow();
            assert_eq!((progress.done, progress.total), (size as u64, Some(size as u64)));
        }
    }
}

#[tokio::test]
async fn too_little_too_much_and_something_else() {
    let (folder, whole) = (Folder::new(), bytes(100_000));
    let expected = whole.len() as u64;
    let part = folder.part();
    let little = received(incoming(&whole), &part, &whole[..99_999], false).await;
    assert_eq!(little, Err(Error::TooLittle { expected, got: 99_999 }));
    assert_eq!(part.size(), 99_999, "it can go on");
    let rest = Incoming { offset: 99_999, ..incoming(&whole) };
    assert_eq!(received(rest, &part, &whole[99_999..], true).await, Ok(vec![sha256(&whole)]));
    let more = [whole.clone(), vec![0]].concat();
    assert_eq!(received(incoming(&whole), &part, &more, true).await, Err(Error::TooMuch { expected }));
    assert_eq!(part.size(), 0, "nothing of it stays");
    let zero = Incoming { size: 0, hashes: Vec::new(), ..incoming(&whole) };
    assert_eq!(received(zero.clone(), &part, b"x", true).await, Err(Error::TooMuch { expected: 0 }));
    assert_eq!(received(zero, &part, b"", true).await, Ok(Vec::new()));
    let mut other = whole.clone();
    other[50_000] ^= 1;
    assert_eq!(received(incoming(&whole), &part, &other, false).await, Err(Error::Hash(Algo::Sha256)));
    assert_eq!(part.size(), 0);
    let huge = Incoming { size: 1 << 63, ..incoming(&whole) };
    assert!(matches!(received(huge, &part, b"", true).await, Err(Error::DiskFull { .. })));
    let beyond = Incoming { offset: 5, ..incoming(&whole) };
    assert_eq!(received(beyond, &part, b"", true).await, Err(Error::Changed));
}

/// The process is gone at any point: nothing but the part's file is left.
#[tokio::test]
async fn cut_anywhere_and_gone_on() {
    let (folder, whole) = (Folder::new(), bytes(6 * CHUNK + 12_345));
    let outgoing = folder.outgoing(&whole);
    let part = folder.part();
    let path = part.path().to_owned();
    drop(part);
    let (mut tries, mut seen) = (0, 0);
    loop {
        let part = Part::reopen(&path).unwrap();
        let offset = part.size();
        assert!(offset >= seen, "what was there stays");
        seen = offset;
        let (mut ours, mut theirs) = sockets().await;
        let sender = tokio::spawn({
            let outgoing = Outgoing { offset, ..outgoing.clone() };
            async move { send(outgoing, &mut ours, &Control::new()).await }
        });
        let control = Control::new();
        let what = Incoming { offset, ..incoming(&whole) };
        // A different point every time.
        let stop = offset + 200_000 + tries * 77_777;
        let cut = async {
            while control.done() < stop {
                tokio::task::yield_now().await;
            }
        };
        let received = tokio::select! {
            received = receive(what, &mut theirs, &part, &control) => Some(received),
            () = cut => None,
        };
        drop(theirs);
        let sent = sender.await.unwrap();
        tries += 1;
        match received {
            Some(received) => {
                assert_eq!(received.unwrap(), [sha256(&whole)]);
                assert_eq!(sent.unwrap(), [sha256(&whole)], "of the whole file");
                break;
            }
            None => wait_unlocked(&path).await,
        }
    }
    assert!(tries > 1, "it was cut at least once");
    assert_eq!(fs::read(&path).unwrap(), whole);
}

/// Until the writing thread of a dropped transfer is gone.
async fn wait_unlocked(path: &Path) {
    let file = fs::File::open(path).unwrap();
    while file.try_lock().is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_range_is_sent_and_the_whole_hashed() {
    let (folder, whole) = (Folder::new(), bytes(3 * CHUNK));
    let what = Outgoing { offset: 1000, length: Some(5000), ..folder.outgoing(&whole) };
    let (mut ours, mut theirs) = duplex(CHUNK);
    assert_eq!(send(what, &mut ours, &Control::new()).await.unwrap(), [sha256(&whole)]);
    let mut got = Vec::new();
    theirs.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, whole[1000..6000]);
    for (offset, length) in [(3 * CHUNK as u64, Some(1)), (u64::MAX, None), (1, Some(u64::MAX))] {
        let what = Outgoing { offset, length, ..folder.outgoing(&whole) };
        assert!(matches!(send(what, &mut ours, &Control::new()).await, Err(Error::Changed)));
    }
}

#[tokio::test]
async fn pause_cancel_and_silence() {
    let (folder, whole) = (Folder::new(), bytes(4 * CHUNK));
    let control = Control::new();
    let (mut ours, mut theirs) = duplex(CHUNK);
    control.pause();
    let sending = tokio::spawn({
        let (what, control) = (folder.outgoing(&whole), control.clone());
        async move { send(what, &mut ours, &control).await }
    });
    let mut progress = control.progress();
    progress.wait_for(|progress| progress.paused && progress.total.is_some()).await.unwrap();
    assert_eq!(progress.borrow().done, 0);
    control.resume();
    let mut got = vec![0; CHUNK];
    theirs.read_exact(&mut got).await.unwrap();
    control.cancel();
    assert_eq!(sending.await.unwrap(), Err(Error::Cancelled));
    // Nobody takes anything; nobody sends anything; nobody is there.
    let (mut ours, mut theirs) = duplex(10);
    let idle = Duration::from_millis(50);
    let silent = Outgoing { idle, ..folder.outgoing(&whole) };
    assert_eq!(send(silent, &mut ours, &Control::new()).await, Err(Error::Stalled(idle)));
    let silent = Incoming { idle, ..incoming(&whole) };
    let part = folder.part();
    let mut dumb = duplex(10).0;
    drop(received(silent.clone(), &part, b"x", true).await.unwrap_err());
    assert_eq!(part.size(), 1, "what came before the silence stays");
    assert!(matches!(receive(silent, &mut dumb, &part, &Control::new()).await, Err(Error::TooLittle { .. })));
    theirs.shutdown().await.unwrap();
    drop(theirs);
    assert!(matches!(send(folder.outgoing(&whole), &mut ours, &Control::new()).await, Err(Error::Cut(_))));
}

/// `cargo test --release -p waxwing-transfer -- --ignored --nocapture loopback`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn loopback() {
    let folder = Folder(tempfile::tempdir_in("/dev/shm").unwrap());
    let size = 1 << 30;
    let whole = bytes(size);
    let outgoing = folder.outgoing(&whole);
    let cpu = || {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    };
    let what = incoming(&whole);
    drop(whole);
    for hashed in [true, false] {
        let mut outgoing = outgoing.clone();
        let mut what = what.clone();
        if !hashed {
            outgoing.algorithms.clear();
            what.hashes.clear();
        }
        let part = folder.part();
        let (mut ours, mut theirs) = sockets().await;
        let (began, before) = (std::time::Instant::now(), cpu());
        let sending = tokio::spawn(async move { send(outgoing, &mut ours, &Control::new()).await });
        receive(what, &mut theirs, &part, &Control::new()).await.unwrap();
        sending.await.unwrap().unwrap();
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "hashed {hashed}: {:.2} GB/s, {:.2} CPU-s/GB for both ends",
            size as f64 / 1e9 / seconds,
            (cpu() - before) / (size as f64 / 1e9)
        );
        part.discard();
    }
}
