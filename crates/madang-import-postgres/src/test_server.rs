//! A PostgreSQL server of a test's own: an ordinary user's, on a socket in a temporary folder, ended with the test. It is started from the installed binaries; a
//! cluster is made once and copied, which takes a tenth of making it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A running server. It trusts whoever reaches its socket, and keeps nothing: it does not wait for the disk.
pub struct Server {
    folder: TempDir,
    programs: Programs,
}

/// Where the server's programs are, and as whom they run: PostgreSQL refuses to be root.
#[derive(Clone)]
struct Programs {
    folder: PathBuf,
    user: Option<User>,
}

#[derive(Clone, Copy)]
struct User {
    id: u32,
    group: u32,
}

impl Server {
    /// Starts one. None when PostgreSQL is not installed; a machine that must run every test has `CI` set, and fails.
    ///
    /// # Panics
    /// When it is installed and does not start, or when it is not and `CI` is set.
    pub fn start() -> Option<Self> {
        let Some(programs) = Programs::find() else {
            assert!(
                std::env::var_os("CI").is_none(),
                "PostgreSQL is not installed: `make test-setup` installs it on Debian"
            );
            eprintln!(
                "not run: PostgreSQL is not installed (`make test-setup` installs it on Debian)"
            );
            return None;
        };
        let folder = tempfile::Builder::new()
            .prefix("madang-pg-")
            .tempdir()
            .expect("a temporary folder can be made");
        programs.give(folder.path());
        copy_cluster(&programs, &folder.path().join("data"));
        let server = Self { folder, programs };
        server.resume();
        Some(server)
    }

    /// The address of its database, to put `#table` behind.
    pub fn address(&self) -> String {
        let host = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{host}/postgres")
    }

    /// Runs SQL, and gives what it prints: rows by line, values by `|`.
    ///
    /// # Panics
    /// When the server refuses it.
    pub fn sql(&self, sql: &str) -> String {
        let mut psql = self.programs.command("psql");
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-c",
            sql,
            "-h",
        ])
        .arg(self.folder.path());
        let said = psql.output().expect("psql starts");
        assert!(
            said.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        String::from_utf8_lossy(&said.stdout).trim_end().to_owned()
    }

    /// Ends it as `pg_ctl -m immediate` does: every connection breaks, nothing is closed in order.
    ///
    /// # Panics
    /// When it does not end.
    pub fn crash(&self) {
        self.control(&["stop", "-m", "immediate"]);
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn resume(&self) {
        let folder = self.folder.path().display();
        // Durability is PostgreSQL's to test; here it costs a second a test.
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c full_page_writes=off -c shared_buffers=32MB"
        );
        let log = self.folder.path().join("log");
        self.control(&["start", "-o", &options, "-l", &log.to_string_lossy()]);
    }

    fn control(&self, words: &[&str]) {
        let mut control = self.programs.command("pg_ctl");
        control
            .args(words)
            .args(["-w", "-s", "-D"])
            .arg(self.folder.path().join("data"));
        // The server would keep these open, and with them whoever waits for the end of a test's output.
        let status = control
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("pg_ctl starts");
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(status.success(), "pg_ctl {words:?} failed:\n{}", log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.programs.command("pg_ctl");
        stop.args(["stop", "-m", "immediate", "-s", "-D"])
            .arg(self.folder.path().join("data"));
        // A test may have ended it before.
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Programs {
    fn find() -> Option<Self> {
        let debian = fs::read_dir("/usr/lib/postgresql")
            .ok()
            .into_iter()
            .flatten()
            .flatten();
        let mut folders: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
        folders.sort();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folder = std::env::split_paths(&path)
            .chain(folders)
            .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())?;
        Some(Self {
            folder,
            user: User::instead_of_root(),
        })
    }

    fn command(&self, name: &str) -> Command {
        let beside = self.folder.join(name);
        let program = if beside.exists() {
            beside
        } else {
            PathBuf::from(name)
        };
        let mut command = match self.user {
            None => Command::new(program),
            Some(User { id, group }) => {
                let mut command = Command::new("setpriv");
                command
                    .args([
                        "--clear-groups",
                        "--reuid",
                        &id.to_string(),
                        "--regid",
                        &group.to_string(),
                    ])
                    .arg(program);
                command
            }
        };
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        command
    }

    fn give(&self, folder: &Path) {
        if let Some(User { id, group }) = self.user {
            chown(folder, Some(id), Some(group)).expect("root may give a folder away");
        }
    }
}

impl User {
    /// Debian's user of that name, when this process is root.
    fn instead_of_root() -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        if fs::metadata("/proc/self").map(|own| own.uid()).ok()? != 0 {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").ok()?;
        let line = users.lines().find(|line| line.starts_with("postgres:"))?;
        let mut parts = line.split(':').skip(2);
        Some(Self {
            id: parts.next()?.parse().ok()?,
            group: parts.next()?.parse().ok()?,
        })
    }
}

/// Copies the cluster that every test begins with; the first who needs it makes it.
fn copy_cluster(programs: &Programs, to: &Path) {
    let kept = std::env::temp_dir().join(format!(
        "madang-pg-cluster-{}",
        programs.user.map_or(0, |user| user.id)
    ));
    let lock = File::create(kept.with_extension("lock"))
        .expect("a file can be made in the temporary folder");
    lock.lock()
        .expect("a file of the temporary folder can be locked");
    if !kept.join("whole").exists() {
        let _ = fs::remove_dir_all(&kept);
        fs::create_dir(&kept).expect("a folder can be made in the temporary folder");
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o755)).expect("its own folder");
        programs.give(&kept);
        let mut make = programs.command("initdb");
        make.args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
            "-D",
        ])
        .arg(kept.join("data"));
        let said = make.output().expect("initdb starts");
        assert!(
            said.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        fs::write(kept.join("whole"), "").expect("its own folder");
    }
    drop(lock);
    copy_folder(programs, &kept.join("data"), to).expect("the cluster can be copied");
}

fn copy_folder(programs: &Programs, from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(programs, &entry.path(), &copy)?;
        } else {
            fs::copy(entry.path(), &copy)?;
            programs.give(&copy);
        }
    }
    programs.give(to);
    Ok(())
}
