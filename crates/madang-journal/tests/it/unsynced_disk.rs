//! A disk whose power can be cut: what SQLite wrote but did not sync is lost, or a random part of
//! it is there all the same, sector by sector, as on a real one.
//!
//! It is a SQLite VFS around the system's own and becomes the default one, yet concerns only
//! files of folders that were given to [`Disk::under`]. It is kinder than a real disk in one
//! thing: a deleted file is gone at once.

#![allow(
    unsafe_code,
    reason = "a SQLite VFS is a table of C functions; there is no safe way to give one"
)]

use std::{
    collections::HashMap,
    ffi::{CStr, c_char, c_int, c_void},
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::Path,
    ptr,
    sync::{Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError},
};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rusqlite::ffi;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// The disk of one folder.
pub struct Disk(Mutex<State>);

#[derive(Default)]
struct State {
    files: HashMap<String, FileState>,
    syncs_until_cut: Option<u64>,
    cut_before_sync: bool,
    is_off: bool,
}

/// A file as SQLite sees it, and how that differs from what is on the disk.
struct FileState {
    content: Vec<u8>,
    unsynced: Vec<Change>,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate { length: usize },
}

static DISKS: LazyLock<Mutex<HashMap<String, Arc<Disk>>>> = LazyLock::new(Mutex::default);

impl Disk {
    /// From now on the files that SQLite opens in this folder are on this disk.
    pub fn under(folder: &Path) -> Arc<Self> {
        REGISTER.call_once(register);
        let folder = fs::canonicalize(folder).expect("the folder is there");
        let folder = folder.to_str().expect("a plain name").to_owned();
        let disk = Arc::new(Self(Mutex::default()));
        lock(&DISKS).insert(folder, Arc::clone(&disk));
        disk
    }

    /// Cuts the power at the n-th sync from now, just before it happens or just after.
    pub fn cut_at_sync(&self, nth: u64, is_before: bool) {
        let mut state = self.state();
        state.syncs_until_cut = Some(nth);
        state.cut_before_sync = is_before;
    }

    /// Cuts the power now.
    pub fn cut(&self) {
        self.state().is_off = true;
    }

    /// Whether the power was cut.
    pub fn is_off(&self) -> bool {
        self.state().is_off
    }

    /// Turns the power on. Of what was not synced each sector is there with the given chance of
    /// 256. Call it when every connection is closed.
    pub fn restore(&self, seed: u64, survive_of_256: u32) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut state = self.state();
        for (path, file) in state.files.drain() {
            file.leave(&path, &mut || random.next_u32() % 256 < survive_of_256);
        }
        *state = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    fn of(path: &str) -> Option<Arc<Self>> {
        let folder = Path::new(path).parent()?.to_str()?;
        lock(&DISKS).get(folder).cloned()
    }
}

impl FileState {
    fn load(path: &str) -> Self {
        Self {
            content: fs::read(path).unwrap_or_default(),
            unsynced: Vec::new(),
        }
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.content.len() < end {
            self.content.resize(end, 0);
        }
        self.content[offset..end].copy_from_slice(bytes);
        self.unsynced.push(Change::Write {
            offset,
            bytes: bytes.to_vec(),
        });
    }

    fn truncate(&mut self, length: usize) {
        self.content.resize(length, 0);
        self.unsynced.push(Change::Truncate { length });
    }

    /// What the power cut leaves of the unsynced changes on the real disk.
    fn leave(&self, path: &str, survives: &mut dyn FnMut() -> bool) {
        let Ok(file) = OpenOptions::new().write(true).open(path) else {
            return;
        };
        for change in &self.unsynced {
            match change {
                Change::Truncate { length } if survives() => {
                    file.set_len(*length as u64)
                        .expect("the real disk has power");
                }
                Change::Truncate { .. } => {}
                Change::Write { offset, bytes } => {
                    for (at, sector) in sectors(*offset, bytes) {
                        if survives() {
                            file.write_all_at(sector, at)
                                .expect("the real disk has power");
                        }
                    }
                }
            }
        }
    }
}

/// Cuts a write where the sectors of the disk meet.
fn sectors(mut offset: usize, mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let here = (SECTOR_BYTES - offset % SECTOR_BYTES).min(bytes.len());
        let (sector, rest) = bytes.split_at(here);
        parts.push((offset as u64, sector));
        offset += here;
        bytes = rest;
    }
    parts
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// The C side. SQLite keeps these rules, on which every proof below leans:
// - a method gets the `sqlite3_file` that `xOpen` of the same VFS filled, never after `xClose`;
// - buffers have the length it says;
// - one file is used by one thread at a time.

static REGISTER: Once = Once::new();

/// The system's own VFS.
struct System(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite keeps its VFS for the life of the process and calls it from any thread itself.
unsafe impl Send for System {}
// SAFETY: as above; nothing is written through the pointer.
unsafe impl Sync for System {}

static SYSTEM: LazyLock<System> = LazyLock::new(|| {
    // SAFETY: a null name asks for the default VFS; ours is registered only after this ran.
    System(unsafe { ffi::sqlite3_vfs_find(ptr::null()) })
});

fn register() {
    let system = SYSTEM.0;
    assert!(!system.is_null(), "SQLite has a VFS for this system");
    // SAFETY: the pointer is SQLite's own VFS, alive for ever. Its functions that stay in the copy
    // use of the VFS they are called with only fields that are copied.
    let mut ours = unsafe { ptr::read(system) };
    ours.szOsFile = ours.szOsFile.max(size_of::<DiskFile>() as c_int);
    ours.pNext = ptr::null_mut();
    ours.zName = c"unsynced".as_ptr();
    ours.xOpen = Some(open);
    ours.xDelete = Some(delete);
    // SAFETY: the table is leaked, so it lives as long as SQLite may call it.
    let result = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) };
    assert_eq!(result, ffi::SQLITE_OK);
}

/// What SQLite holds for an open file of ours. `base` comes first: SQLite sees only that.
#[repr(C)]
struct DiskFile {
    base: ffi::sqlite3_file,
    inner: *mut Inner,
}

struct Inner {
    disk: Arc<Disk>,
    path: String,
    /// The system's file, in memory aligned for anything that C puts there.
    system: Vec<u128>,
}

impl Inner {
    fn system(&mut self) -> *mut ffi::sqlite3_file {
        self.system.as_mut_ptr().cast()
    }

    /// Runs on the file's state, unless the power is off.
    fn powered(&self, act: impl FnOnce(&mut FileState) -> c_int, error: c_int) -> c_int {
        let mut state = self.disk.state();
        if state.is_off {
            return error;
        }
        state.files.get_mut(&self.path).map_or(error, act)
    }
}

/// # Safety
/// `file` was filled by [`open`] for one of our disks and is not closed.
unsafe fn inner<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Inner {
    // SAFETY: by the contract above it is a `DiskFile`, whose `inner` is a leaked box that lives
    // until `close`; SQLite uses one file from one thread at a time, so nobody else has it.
    unsafe { &mut *(*file.cast::<DiskFile>()).inner }
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: the system's VFS lives for ever.
    let (open, bytes) = unsafe { ((*SYSTEM.0).xOpen, (*SYSTEM.0).szOsFile as usize) };
    let open = open.expect("every VFS can open");
    // SAFETY: a name that is not null is a C string that outlives the open file.
    let path = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy());
    let Some((path, disk)) = path.and_then(|path| Some((path.to_string(), Disk::of(&path)?)))
    else {
        // SAFETY: `file` has at least the bytes that the system's VFS asks for.
        return unsafe { open(SYSTEM.0, name, file, flags, flags_out) };
    };
    if disk.state().is_off {
        return ffi::SQLITE_CANTOPEN;
    }
    let system = vec![0u128; bytes.div_ceil(size_of::<u128>())];
    let mut inner = Box::new(Inner { disk, path, system });
    // SAFETY: the memory has the bytes that the system's VFS asks for and stays where it is.
    let result = unsafe { open(SYSTEM.0, name, inner.system(), flags, flags_out) };
    let disk_file = file.cast::<DiskFile>();
    if result != ffi::SQLITE_OK {
        // SAFETY: `file` has room for a `DiskFile`; without methods SQLite does not close it.
        unsafe { (*disk_file).base.pMethods = ptr::null() };
        return result;
    }
    let path = inner.path.clone();
    inner
        .disk
        .state()
        .files
        .entry(path)
        .or_insert_with_key(|path| FileState::load(path));
    let opened = DiskFile {
        base: ffi::sqlite3_file { pMethods: &METHODS },
        inner: Box::into_raw(inner),
    };
    // SAFETY: `szOsFile` promised room for a `DiskFile`, aligned by SQLite's allocator.
    unsafe { ptr::write(disk_file, opened) };
    result
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync: c_int,
) -> c_int {
    // SAFETY: SQLite passes a C string.
    let path = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    if let Some(disk) = Disk::of(&path) {
        let mut state = disk.state();
        if state.is_off {
            return ffi::SQLITE_IOERR_DELETE;
        }
        state.files.remove(&*path);
    }
    // SAFETY: the system's VFS lives for ever and takes what SQLite gave us.
    unsafe { (*SYSTEM.0).xDelete.expect("every VFS can delete")(SYSTEM.0, name, sync) }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Two: shared memory for WAL, but no memory-mapped reads, which would pass us by.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(file_lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is ours, and the buffer has `bytes` bytes.
    let (file, into) = unsafe {
        ptr::write_bytes(into.cast::<u8>(), 0, bytes as usize);
        (
            inner(file),
            std::slice::from_raw_parts_mut(into.cast::<u8>(), bytes as usize),
        )
    };
    let copy = |state: &mut FileState| {
        let from = state.content.get(offset as usize..).unwrap_or_default();
        let length = from.len().min(into.len());
        into[..length].copy_from_slice(&from[..length]);
        if length < into.len() {
            ffi::SQLITE_IOERR_SHORT_READ
        } else {
            ffi::SQLITE_OK
        }
    };
    file.powered(copy, ffi::SQLITE_IOERR_READ)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is ours, and the buffer has `bytes` bytes.
    let (file, from) = unsafe {
        (
            inner(file),
            std::slice::from_raw_parts(from.cast::<u8>(), bytes as usize),
        )
    };
    let copy = |state: &mut FileState| {
        state.write(offset as usize, from);
        ffi::SQLITE_OK
    };
    file.powered(copy, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is ours.
    let file = unsafe { inner(file) };
    let cut = |state: &mut FileState| {
        state.truncate(length as usize);
        ffi::SQLITE_OK
    };
    file.powered(cut, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: the file is ours.
    let file = unsafe { inner(file) };
    let system = file.system();
    let mut state = file.disk.state();
    let is_last = state.count_sync();
    if state.is_off || (is_last && state.cut_before_sync) {
        state.is_off = true;
        return ffi::SQLITE_IOERR_FSYNC;
    }
    let Some(synced) = state.files.get_mut(&file.path) else {
        return ffi::SQLITE_IOERR_FSYNC;
    };
    for change in std::mem::take(&mut synced.unsynced) {
        // SAFETY: `system` is the system's own open file, which lives until `close`.
        let result = unsafe { pass_on(system, &change) };
        if result != ffi::SQLITE_OK {
            return result;
        }
    }
    state.is_off |= is_last;
    ffi::SQLITE_OK
}

impl State {
    /// Whether this is the sync at which the power goes.
    fn count_sync(&mut self) -> bool {
        match &mut self.syncs_until_cut {
            None => false,
            Some(left) => {
                *left = left.saturating_sub(1);
                *left == 0
            }
        }
    }
}

/// # Safety
/// `system` is an open file of the system's VFS.
unsafe fn pass_on(system: *mut ffi::sqlite3_file, change: &Change) -> c_int {
    // SAFETY: an open file has its methods; the buffer is as long as it is said to be.
    unsafe {
        let methods = &*(*system).pMethods;
        match change {
            Change::Write { offset, bytes } => methods.xWrite.expect("every file can be written")(
                system,
                bytes.as_ptr().cast(),
                bytes.len() as c_int,
                *offset as i64,
            ),
            Change::Truncate { length } => {
                methods.xTruncate.expect("every file can be cut")(system, *length as i64)
            }
        }
    }
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is ours.
    let file = unsafe { inner(file) };
    let tell = |state: &mut FileState| {
        // SAFETY: SQLite passes a place for the answer.
        unsafe { *size = state.content.len() as i64 };
        ffi::SQLITE_OK
    };
    file.powered(tell, ffi::SQLITE_IOERR_FSTAT)
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the file is ours and SQLite closes it once: the box is taken back here, and the
    // system's file is closed before its memory goes.
    unsafe {
        let mut inner = Box::from_raw((*file.cast::<DiskFile>()).inner);
        let system = inner.system();
        (*(*system).pMethods)
            .xClose
            .expect("every file can be closed")(system)
    }
}

/// Methods that concern locks and shared memory, which do not outlive the power anyway, are the
/// system's own.
macro_rules! the_systems_own {
    ($($name:ident = $method:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($argument: $kind),*) $(-> $result)? {
            // SAFETY: the file is ours, so its system's file is open and has its methods; the
            // arguments are those that SQLite meant for it.
            unsafe {
                let system = inner(file).system();
                (*(*system).pMethods).$method.expect("the system's VFS knows WAL")(system, $($argument),*)
            }
        }
    )*};
}

the_systems_own! {
    file_lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(answer: *mut c_int) -> c_int;
    file_control = xFileControl(operation: c_int, argument: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, bytes: c_int, extend: c_int, into: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
}
