//! What a package may cost to open. Each limit has a value and a reason.

/// Bounds on everything that is read while a package is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A plugin with its libraries' modules: the largest seen (a Supabase client with zod and rxjs) reads some 700 files.
    pub files_max: usize,
    /// One source or bundle. A webpack development bundle with inlined source map is about 1 MB; this leaves eightfold room.
    pub file_bytes_max: usize,
    /// All files read together. More would be slow to compile and could not run inside a plugin's memory limit anyway.
    pub total_bytes_max: usize,
    /// The archive file itself. What is packed into it has its own bounds below.
    pub zip_bytes_max: usize,
    /// Entries of an archive. Plugins ship a handful of files; images of an iframe plugin reach hundreds.
    pub zip_entries_max: usize,
    /// One entry, counted while it is inflated: the header's own figure is never believed.
    pub zip_entry_bytes_max: usize,
    /// All entries together, counted while they are inflated. This is what stops a bomb made of many modest entries.
    pub zip_total_bytes_max: usize,
    /// Folders within folders, and the bytes of one path. Deeper than any package manager lays them; keeps messages and maps small.
    pub path_depth_max: usize,
    /// Bytes of one path inside the package: the limit of common file systems is 4,096 and of readable messages far less.
    pub path_bytes_max: usize,
    /// How deep code may nest. The parser calls itself once a level, and 2,000 levels fit its stack many times over; hand-written
    /// code stays under 30, bundles under 200.
    pub nesting_max: usize,
    /// `plugin.toml`, `package.json` and `iframe-manifest.json`: a page of text, with room for a generated `package.json`.
    pub manifest_bytes_max: usize,
    /// Origins and settings-bound origins in one manifest: more than this is no list a shopkeeper can judge.
    pub origins_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files_max: 5_000,
            file_bytes_max: 8 << 20,
            total_bytes_max: 64 << 20,
            zip_bytes_max: 32 << 20,
            zip_entries_max: 2_000,
            zip_entry_bytes_max: 16 << 20,
            zip_total_bytes_max: 64 << 20,
            path_depth_max: 32,
            path_bytes_max: 1_024,
            nesting_max: 2_000,
            manifest_bytes_max: 256 << 10,
            origins_max: 64,
        }
    }
}
