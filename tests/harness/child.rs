//! Child processes that cannot outlive the test.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt,
    process::{Command, ExitStatus},
    sync::{OnceLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// A running program. Dropping it kills it, its whole process group, and the kernel kills it when this process dies.
pub struct Child {
    name: String,
    inner: std::process::Child,
    gone: bool,
}

type Spawned = std::io::Result<std::process::Child>;
type Job = (Command, mpsc::Sender<Spawned>);

impl Child {
    /// Starts what [`command`] made; `name` is for sentences.
    pub fn spawn(name: &str, command: Command) -> Result<Self> {
        let inner = spawn_for_good(command)
            .with_context(|| format!("{name} could not be started; is everything installed? (`make setup`)"))?;
        Ok(Self { name: name.to_owned(), inner, gone: false })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    /// The child's pipes, for whoever asked for them in the command.
    pub fn pipes(&mut self) -> &mut std::process::Child {
        &mut self.inner
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.inner.try_wait().ok().flatten();
        self.gone |= status.is_some();
        status
    }

    /// Asks it to end (SIGTERM), and kills it after 10 s.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        let start = Instant::now();
        while self.ended().is_none() {
            if start.elapsed() > Duration::from_secs(10) {
                return self.kill();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends it at once (SIGKILL): what a power cut looks like to the other side, but for the closed sockets.
    pub fn kill(&mut self) {
        if !self.gone {
            if let Some(pid) = self.pid() {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            let _ = self.inner.wait();
            self.gone = true;
        }
    }

    /// Freezes it (SIGSTOP): its sockets stay open and say nothing.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a frozen one go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid().filter(|_| !self.gone) {
            let _ = kill_process(pid, signal);
        }
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.inner.id()).ok()?)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command for [`Child::spawn`]: a process group of its own, to kill as a whole; on Linux setpriv (util-linux) asks
/// the kernel to end it with us, which takes no unsafe code here.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = if cfg!(target_os = "linux") {
        let mut outer = Command::new("setpriv");
        outer.args(["--pdeathsig", "KILL", "--"]).arg(program);
        outer
    } else {
        Command::new(program)
    };
    command.process_group(0);
    command
}

/// The kernel's "end with us" means the thread that started the child, and a test's thread ends before the process:
/// one thread that never ends starts them all.
fn spawn_for_good(command: Command) -> Result<std::process::Child> {
    static STARTER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (send, jobs) = mpsc::channel::<Job>();
        thread::spawn(move || {
            for (mut command, answer) in jobs {
                let _ = answer.send(command.spawn());
            }
        });
        send
    });
    let (send, answer) = mpsc::channel();
    starter.send((command, send)).map_err(|_| anyhow!("the thread that starts programs has died"))?;
    Ok(answer.recv()??)
}
