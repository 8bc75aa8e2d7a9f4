//! What an application costs that is there all day: from the start of the program to a list one can use, memory and
//! processor time while nothing happens. Each beside an empty window of the same kind, and beside Dino where it is
//! installed, signed in with the same people.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::{Child, Desktop, Result, bail, ensure, paths::Folder, x11::Screen};

use crate::figure;
use crate::{dino, people, processes};

const BENCH: &str = "start";
const MESSAGES: usize = 100_000;
const PEOPLE: usize = 1_000;
const STARTS: usize = 10;
/// How long nothing happens.
const IDLE: Duration = Duration::from_secs(60);

/// A program to start.
struct Program {
    name: &'static str,
    binary: PathBuf,
    arguments: Vec<String>,
    /// The folder its HOME and XDG folders are below.
    home: Folder,
    /// What part of the screen shows something when it can be used.
    shows: Region,
}

/// What the screen shows when a program can be used.
#[derive(Clone, Copy)]
enum Region {
    /// A narrow strip (left, top, height) of that many colours at the least: it goes through rows of pictures and words.
    /// Looking is to cost next to nothing, or it takes the processor from what is measured.
    Strip(i16, i16, u16, usize),
    /// A page of this colour.
    Page([u8; 3]),
}

/// Where the list of conversations has its rows.
const LIST: Region = Region::Strip(93, 130, 400, 12);
/// Where Dino has the words of its list.
const DINO: Region = Region::Strip(60, 60, 400, 8);
/// The page of the empty window.
const GREEN: Region = Region::Page([26, 127, 75]);

pub async fn run() -> Result<()> {
    let folder = std::env::current_exe()?.parent().map(Path::to_path_buf).unwrap_or_default();
    let (server, data) = people::with_messages(PEOPLE, MESSAGES).await?;
    let text = |path: &Path| path.display().to_string();
    let arguments =
        vec!["--data".into(), text(data.path()), "--secrets".into(), text(&data.path().join("secrets.json"))];
    let mut programs = vec![
        program("empty window", folder.join("examples/empty"), Vec::new(), GREEN)?,
        program("waxwing", folder.join("waxwing"), arguments, LIST)?,
    ];
    match dino::prepare(&server).await? {
        Some(dino::Dino { program, arguments, home }) => {
            programs.push(Program { name: "dino", binary: program, arguments, home, shows: DINO });
        }
        None => eprintln!("Dino is not installed (Debian's dino-im): measured without it"),
    }
    starts(&programs).await?;
    let mut memory = Vec::new();
    for program in &programs {
        memory.push(idle(program).await?);
    }
    let over = memory[1] - memory[0];
    figure(BENCH, "waxwing over the empty window", "memory (PSS)", over, "MB", Some(("<= 60", over <= 60.0)));
    Ok(())
}

fn program(name: &'static str, binary: PathBuf, arguments: Vec<String>, shows: Region) -> Result<Program> {
    ensure!(binary.is_file(), "{} is not built; run `make bench NAME=start`, which builds it", binary.display());
    Ok(Program { name, binary, arguments, home: Folder::new(name.split(' ').next().unwrap_or(name))?, shows })
}

/// A program that runs, on a desktop of its own.
struct Running {
    child: Child,
    /// From exec to something to see.
    took: Duration,
    _desktop: Desktop,
}

async fn start(program: &Program) -> Result<Running> {
    let desktop = Desktop::builder().screen(1280, 820).start().await?;
    let screen = desktop.screen()?;
    let mut command = desktop.command(&program.binary, program.home.path())?;
    command.args(&program.arguments).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let began = Instant::now();
    let child = Child::spawn(program.name, command)?;
    let seen = seen(&screen, program.shows, began);
    let Ok(took) = tokio::time::timeout(Duration::from_secs(60), seen).await else {
        desktop.picture(&std::env::temp_dir().join("waxwing-bench-start.png"))?;
        bail!("{} shows nothing after 60 s", program.name);
    };
    Ok(Running { child, took: took?, _desktop: desktop })
}

/// The time until a part of the screen shows something.
async fn seen(screen: &Screen, region: Region, began: Instant) -> Result<Duration> {
    loop {
        let seen = match region {
            Region::Strip(x, y, height, colours) => screen.colours(x, y, 2, height)? >= colours,
            Region::Page(colour) => screen.pixel(640, 400)? == colour,
        };
        if seen {
            return Ok(began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

/// In turns, so that a slow moment of the machine meets everyone.
async fn starts(programs: &[Program]) -> Result<()> {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); programs.len()];
    // The first start of each finds nothing in the caches and does not count.
    for turn in 0..=STARTS {
        for (program, times) in programs.iter().zip(&mut times) {
            let mut running = start(program).await?;
            if turn > 0 {
                times.push(running.took.as_secs_f64() * 1000.0);
            }
            running.child.stop().await;
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    for (program, (median, times)) in programs.iter().zip(medians.iter().zip(&times)) {
        figure(BENCH, program.name, "exec to usable, median", *median, "ms", None);
        figure(BENCH, program.name, "exec to usable, worst", times[times.len() - 1], "ms", None);
    }
    let over = medians[1] - medians[0];
    figure(
        BENCH,
        "waxwing over the empty window",
        "exec to usable, median",
        over,
        "ms",
        Some(("<= 300", over <= 300.0)),
    );
    Ok(())
}

/// Memory in MB, and processor time in per cent of a core.
async fn idle(program: &Program) -> Result<f64> {
    let mut running = start(program).await?;
    tokio::time::sleep(IDLE).await;
    let processes = processes::tree(running.child.id())?;
    let memory = processes::proportional(&processes)? as f64 / 1e6;
    let before = processes::cpu(&processes)?;
    tokio::time::sleep(IDLE).await;
    let cpu = (processes::cpu(&processes)? - before).as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    figure(BENCH, program.name, "memory of all processes (PSS)", memory, "MB", None);
    let goal = (program.name == "waxwing").then_some(("<= 0.5", cpu <= 0.5));
    figure(BENCH, program.name, "processor while idle", cpu, "% of a core", goal);
    running.child.stop().await;
    Ok(memory)
}
