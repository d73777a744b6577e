//! Hot reload: a plugin is opened again when one of its files is saved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use madang_plugin_host::PluginSpec;
use madang_plugin_package::{Mode, Package};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::Opened;
use crate::failure::{Failure, chain, plain_handler, told};
use crate::output::{Output, OutputError};
use crate::plugin_source::{self, PluginError};
use crate::stage::{Stage, StageError};

/// Editors save in several steps, and save all files at once: this long nothing more must come.
const DEBOUNCE: Duration = Duration::from_millis(80);
/// Endings of files that may come into play when they are made: an import that led nowhere finds them then.
const CODE: [&str; 10] = [
    "ts", "tsx", "mts", "cts", "js", "mjs", "cjs", "jsx", "json", "toml",
];

/// Watches plugins and loads them again.
pub struct Reload {
    plugins: Vec<Watched>,
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    saved: mpsc::UnboundedReceiver<PathBuf>,
}

/// A plugin and the files it was made of.
struct Watched {
    path: PathBuf,
    /// The package's folder: a new file outside it is nobody's missing import.
    root: PathBuf,
    name: String,
    files: BTreeSet<PathBuf>,
    /// A version of it compiled: that one goes on while another does not.
    has_compiled: bool,
}

impl Reload {
    /// Watches the files of plugins.
    ///
    /// # Errors
    /// When the system watches no more files.
    pub(super) fn new(plugins: &[Opened]) -> notify::Result<Self> {
        let (sender, saved) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            for path in event.paths {
                // The receiver is gone when the till closes.
                let _ = sender.send(path);
            }
        })?;
        let mut reload = Self {
            plugins: plugins.iter().map(Watched::of).collect(),
            watcher,
            folders: BTreeSet::new(),
            saved,
        };
        reload.watch_folders()?;
        Ok(reload)
    }

    /// Loads plugins again as they are saved, until the till closes. A plugin that cannot be opened is told of, and the one
    /// before it goes on.
    ///
    /// # Errors
    /// [`Failure`] when nothing can be printed.
    pub async fn run(mut self, stage: &Stage, output: &mut Output<'_>) -> Result<(), Failure> {
        loop {
            let saved = self.next_saved().await;
            let touched: Vec<usize> = (0..self.plugins.len())
                .filter(|index| saved.iter().any(|path| self.plugins[*index].concerns(path)))
                .collect();
            for index in touched {
                self.reload(index, stage, output).await?;
            }
        }
    }

    /// Every path that was saved in one go.
    async fn next_saved(&mut self) -> BTreeSet<PathBuf> {
        let mut saved = BTreeSet::new();
        match self.saved.recv().await {
            Some(path) => saved.insert(path),
            // The watcher lives as long as this.
            None => std::future::pending().await,
        };
        while let Ok(Some(path)) = tokio::time::timeout(DEBOUNCE, self.saved.recv()).await {
            saved.insert(path);
        }
        saved
    }

    async fn reload(
        &mut self,
        index: usize,
        stage: &Stage,
        output: &mut Output<'_>,
    ) -> Result<(), OutputError> {
        let began = Instant::now();
        let plugin = &self.plugins[index];
        let (path, name) = (plugin.path.clone(), plugin.name.clone());
        let opened = tokio::task::spawn_blocking(move || plugin_source::open(&path, Mode::Dev));
        let Ok(opened) = opened.await else {
            return Ok(());
        };
        let files = match &opened {
            Ok(package) => package.watched.clone(),
            Err(error) => error.error.watched().to_vec(),
        };
        if let Ok(package) = &opened {
            self.plugins[index].files.clear();
            self.plugins[index].root.clone_from(&package.root);
        }
        self.plugins[index].files.extend(files);
        if let Err(error) = self.watch_folders() {
            tracing::warn!(%error, "not every file of {name} is watched");
        }
        let installed = match opened {
            Ok(package) => self.install(index, &package, stage).await,
            Err(error) => match error.not_compiled() {
                Some(spec) if !self.plugins[index].has_compiled => {
                    let text = format!("{error}\n{name} starts when it is mended");
                    // What it says about itself may have been mended, though its code was not.
                    if let Err(failed) = self.put(index, spec, stage).await {
                        return output.line(&chain(&failed));
                    }
                    return output.line(&text);
                }
                _ => {
                    let told = format!("{}\n{}", in_short(&error), error.error.report());
                    Err((Failure::from(error), told))
                }
            },
        };
        match installed {
            Ok(name) => {
                let took_ms = began.elapsed().as_millis();
                output.line(&format!("loaded {name} again ({took_ms} ms)"))
            }
            Err((failure, told)) => tell(&name, &failure, &told, stage, output),
        }
    }

    /// Puts the plugin in the place of the one before. The error comes with what the timeline tells of it.
    async fn install(
        &mut self,
        index: usize,
        package: &Package,
        stage: &Stage,
    ) -> Result<String, (Failure, String)> {
        let not_installed = |error: StageError| {
            let text = chain(&error);
            (Failure::from(error), text)
        };
        let spec = PluginSpec::of(package)
            .map_err(StageError::Spec)
            .map_err(not_installed)?;
        let name = self.put(index, spec, stage).await.map_err(not_installed)?;
        self.plugins[index].has_compiled = true;
        Ok(name)
    }

    async fn put(
        &mut self,
        index: usize,
        spec: PluginSpec,
        stage: &Stage,
    ) -> Result<String, StageError> {
        let name = spec.name.clone();
        stage.install(spec).await?;
        let before = std::mem::replace(&mut self.plugins[index].name, name.clone());
        if before != name {
            // What it kept stays under its old name, for the day it is called so again; one that is not there needs no stop.
            let _ = stage.host.stop(&before);
        }
        Ok(name)
    }

    fn watch_folders(&mut self) -> notify::Result<()> {
        let files = self.plugins.iter().flat_map(|plugin| &plugin.files);
        let folders: Vec<PathBuf> = files
            .filter_map(|file| file.parent().map(Path::to_owned))
            .filter(|folder| !self.folders.contains(folder))
            .collect();
        for folder in folders {
            // Folders, since editors save by putting a new file in the place of the old one.
            if self.folders.insert(folder.clone()) {
                self.watcher.watch(&folder, RecursiveMode::NonRecursive)?;
            }
        }
        Ok(())
    }
}

impl Watched {
    fn of(plugin: &Opened) -> Self {
        let (root, files) = match &plugin.opened {
            Ok(package) => (package.root.clone(), package.watched.as_slice()),
            Err(error) => {
                let named = plugin.path.canonicalize();
                let named = named.unwrap_or_else(|_| plugin.path.clone());
                let folder = match named.is_dir() {
                    true => Some(named.as_path()),
                    false => named.parent(),
                };
                (
                    folder.map(Path::to_owned).unwrap_or_default(),
                    error.error.watched(),
                )
            }
        };
        Self {
            path: plugin.path.clone(),
            root,
            name: plugin.spec.name.clone(),
            files: files.iter().cloned().collect(),
            has_compiled: plugin.opened.is_ok(),
        }
    }

    fn concerns(&self, path: &Path) -> bool {
        if self.files.contains(path) {
            return true;
        }
        let is_code = path
            .extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| CODE.contains(&ending));
        let folder = path.parent();
        let is_ours = path.starts_with(&self.root);
        is_code && is_ours && self.files.iter().any(|file| file.parent() == folder)
    }
}

fn in_short(error: &PluginError) -> String {
    let what = error.error.message_ko();
    match error.error.place() {
        Some(place) => format!("{place}: {what}"),
        None => what,
    }
}

fn tell(
    name: &str,
    failure: &Failure,
    told_on_timeline: &str,
    stage: &Stage,
    output: &mut Output<'_>,
) -> Result<(), OutputError> {
    // The drawer shows the first line, so that line says where.
    let text = format!("{told_on_timeline}\n고친 플러그인을 열 수 없어 앞의 것이 계속 돌아요");
    stage.host.note(name, "reload-failed", &text);
    let report = told(&failure.report, plain_handler());
    output.line(&format!("{report}{name} goes on as it was before"))
}
