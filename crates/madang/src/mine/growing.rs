//! Where more of a log comes from: a file that grows, as `tail -F` reads it, or a stream.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::dev::Stop;

/// What is read at once.
const BLOCK_BYTES: u64 = 256 * 1024;

/// Blocks that may wait to be looked at: whoever writes faster than that has to wait.
const BLOCKS_WAITING_MAX: usize = 4;

/// How often it is looked whether a file has grown: as soon as anybody sees it.
const LOOK: Duration = Duration::from_millis(200);

/// What has come.
pub enum Came {
    /// More of the log.
    Bytes(Vec<u8>),
    /// The log ended, and another one has its name: what comes now begins with a header.
    Anew,
    /// Nothing, for as long as one would wait.
    Nothing,
    /// Nothing more will.
    End,
    /// It cannot be read.
    Failed(io::Error),
}

/// Where more comes from.
pub trait Comes {
    /// What comes next, within so long a time; without one, whenever it comes.
    fn next(&mut self, within: Option<Duration>) -> Came;
}

/// A log that threads of their own read, and the signals that end the following.
pub struct Growing(Receiver<Came>);

impl Growing {
    /// Begins to read: `-` is standard input.
    ///
    /// # Errors
    /// When the file cannot be opened, or signals cannot be listened for.
    pub fn begin(name: &str, runtime: &Runtime) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(BLOCKS_WAITING_MAX);
        let stop = {
            let _on = runtime.enter();
            Stop::listen()?
        };
        let stopping = sender.clone();
        runtime.spawn(async move {
            stop.told().await;
            // The queue may be full, and its reader at work.
            tokio::task::spawn_blocking(move || stopping.send(Came::End));
        });
        let path = Path::new(name);
        if name == "-" {
            thread::spawn(move || send_all(io::stdin().lock(), &sender));
        } else if path.metadata()?.is_file() {
            let tail = Tail::open(path)?;
            thread::spawn(move || tail.send_on(&sender));
        } else {
            let pipe = File::open(path)?;
            thread::spawn(move || send_all(pipe, &sender));
        }
        Ok(Self(receiver))
    }
}

impl Comes for Growing {
    fn next(&mut self, within: Option<Duration>) -> Came {
        let came = match within {
            Some(within) => self.0.recv_timeout(within),
            None => self.0.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match came {
            Ok(came) => came,
            Err(RecvTimeoutError::Timeout) => Came::Nothing,
            Err(RecvTimeoutError::Disconnected) => Came::End,
        }
    }
}

/// Sends what a stream gives as it gives it, to its end.
fn send_all(mut stream: impl Read, to: &SyncSender<Came>) {
    let mut block = vec![0; BLOCK_BYTES as usize];
    loop {
        let came = match stream.read(&mut block) {
            Ok(0) => Came::End,
            Ok(bytes) => Came::Bytes(block[..bytes].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Came::Failed(error),
        };
        let is_last = !matches!(came, Came::Bytes(_));
        // Nobody waits for it when it cannot be sent.
        if to.send(came).is_err() || is_last {
            return;
        }
    }
}

/// A file that is read as it grows, and whatever file has its name after it.
struct Tail {
    path: PathBuf,
    file: File,
    read_bytes: u64,
}

impl Tail {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: File::open(path)?,
            read_bytes: 0,
        })
    }

    fn send_on(mut self, to: &SyncSender<Came>) {
        loop {
            let came = match self.next() {
                Ok(Came::Nothing) => {
                    thread::sleep(LOOK);
                    continue;
                }
                Ok(came) => came,
                Err(error) => Came::Failed(error),
            };
            let is_last = matches!(came, Came::Failed(_));
            if to.send(came).is_err() || is_last {
                return;
            }
        }
    }

    /// What stands behind what was read. A file that was moved away is read to its end before the one that has its name now.
    fn next(&mut self) -> io::Result<Came> {
        let mut block = Vec::new();
        (&mut self.file).take(BLOCK_BYTES).read_to_end(&mut block)?;
        if !block.is_empty() {
            self.read_bytes += block.len() as u64;
            return Ok(Came::Bytes(block));
        }
        let named = match self.path.metadata() {
            Ok(named) => named,
            // It was moved away, and nobody has written another one yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Came::Nothing),
            Err(error) => return Err(error),
        };
        if is_same(&named, &self.file.metadata()?) && named.len() >= self.read_bytes {
            return Ok(Came::Nothing);
        }
        *self = Self::open(&self.path)?;
        Ok(Came::Anew)
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a file that is open cannot be replaced; one that was emptied is shorter.
#[cfg(not(unix))]
fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    fn told(tail: &mut Tail) -> String {
        match tail.next().expect("it can be read") {
            Came::Bytes(bytes) => String::from_utf8(bytes).expect("text"),
            Came::Anew => "(anew)".to_owned(),
            Came::Nothing => "(nothing)".to_owned(),
            Came::End | Came::Failed(_) => panic!("a file has no end"),
        }
    }

    #[test]
    fn a_file_is_read_on_as_it_grows_is_moved_away_and_is_emptied() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("day.csv");
        fs::write(&path, "one\n").expect("written");
        let mut tail = Tail::open(&path).expect("it is there");
        let mut check = |expected: &[&str]| {
            for expected in expected {
                assert_eq!(told(&mut tail), *expected);
            }
        };
        check(&["one\n", "(nothing)"]);
        let mut file = File::options().append(true).open(&path).expect("it opens");
        file.write_all(b"two\n").expect("written");
        check(&["two\n", "(nothing)"]);

        fs::rename(&path, folder.path().join("day.1.csv")).expect("moved");
        file.write_all(b"three\n").expect("written");
        check(&["three\n", "(nothing)"]);
        fs::write(&path, "four\n").expect("written");
        file.write_all(b"five\n").expect("written");
        check(&["five\n", "(anew)", "four\n", "(nothing)"]);

        fs::write(&path, "").expect("written");
        check(&["(anew)", "(nothing)"]);
        fs::write(&path, "six\n").expect("written");
        check(&["six\n", "(nothing)"]);
    }
}
