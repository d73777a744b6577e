//! How a running till is found: a file in its data folder, there while it runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::{Deserialize, Serialize};

use crate::data_folder::{DataFolder, write_private};
use crate::failure::{Exit, Exits};

/// Where tills keep their data when nobody says otherwise.
pub const DATA_DEFAULT: &str = ".madang";

/// The most bytes of such a file: a port, a token and a number.
const FILE_BYTES_MAX: u64 = 4 * 1_024;

/// A till that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// What lets a page in.
    pub token: String,
    /// Its process.
    pub pid: u32,
}

/// Why no running till was found.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum NotRunning {
    /// No file says that one runs.
    #[error("no till runs in {}", place.display())]
    #[diagnostic(help(
        "start one with `madang dev`; or name its folder with --data, or its address with --url"
    ))]
    Nowhere {
        /// Where was looked.
        place: PathBuf,
    },
    /// More than one.
    #[error("several tills run: {}", folders.join(", "))]
    #[diagnostic(help("name the folder of one with --data"))]
    Several {
        /// Their folders.
        folders: Vec<String>,
    },
    /// The file says something else.
    #[error("{} does not say how a till is reached", path.display())]
    #[diagnostic(help("start the till again; it writes the file anew"))]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
}

impl Exits for NotRunning {
    fn exit(&self) -> Exit {
        match self {
            Self::Nowhere { .. } | Self::Unreadable { .. } => Exit::NoTill,
            Self::Several { .. } => Exit::Usage,
        }
    }
}

impl Running {
    /// Its address, without the token.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The till of a data folder, or the only one below `.madang`.
///
/// # Errors
/// [`NotRunning`] saying what to name.
pub fn find(data: Option<&Path>) -> Result<Running, NotRunning> {
    let Some(folder) = data else {
        return find_below(Path::new(DATA_DEFAULT));
    };
    read(&running_file(folder))?.ok_or_else(|| NotRunning::Nowhere {
        place: folder.to_owned(),
    })
}

fn find_below(place: &Path) -> Result<Running, NotRunning> {
    let mut found = Vec::new();
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if let Some(running) = read(&running_file(&entry.path()))? {
            found.push((entry.path().display().to_string(), running));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    match found.len() {
        0 => Err(NotRunning::Nowhere {
            place: place.to_owned(),
        }),
        1 => Ok(found.remove(0).1),
        _ => Err(NotRunning::Several {
            folders: found.into_iter().map(|(folder, _)| folder).collect(),
        }),
    }
}

fn running_file(folder: &Path) -> PathBuf {
    DataFolder::running_in(folder)
}

fn read(path: &Path) -> Result<Option<Running>, NotRunning> {
    let unreadable = || NotRunning::Unreadable {
        path: path.to_owned(),
    };
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => return Err(unreadable()),
        Ok(_) => {}
        Err(_) => return Ok(None),
    }
    let text = fs::read_to_string(path).map_err(|_| unreadable())?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| unreadable())
}

/// The file of this process; gone when this is dropped.
pub struct RunningFile(PathBuf);

impl RunningFile {
    /// Writes how this till is reached.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(path: PathBuf, running: &Running) -> io::Result<Self> {
        let text = serde_json::to_vec(running)?;
        write_private(&path, &text)?;
        Ok(Self(path))
    }
}

impl Drop for RunningFile {
    fn drop(&mut self) {
        // One that stays is overwritten by the next start.
        let _ = fs::remove_file(&self.0);
    }
}
