//! Puts the built screen into the program: a list of every file of `screen/dist`. Without one, a page that says how to build it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let dist = here.join("../../screen/dist");
    let missing = here.join("src/screen_missing.html");
    // While there is no dist, cargo runs this again at every build: that is how it notices the first one.
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed={}", missing.display());
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        list(&dist, "", &mut files)?;
    } else {
        files.push(("index.html".to_owned(), missing));
    }
    files.sort();
    let entries: String = files
        .iter()
        .map(|(name, path)| format!("({name:?}, include_bytes!({:?}) as &[u8]),\n", path))
        .collect();
    fs::write(out.join("screen_files.rs"), format!("&[\n{entries}]\n"))
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
