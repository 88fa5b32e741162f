//! SQLite's file system in this process: folders that are mounted lie on a [`Disk`], all others where they did.
//!
//! It is registered as SQLite's default, so that whoever opens a file needs to know nothing of it. A file of a
//! mounted folder has methods of its own; any other is opened by SQLite's own file system, which then has the
//! file to itself. Shared memory (the WAL's index) is memory, and is gone with the connection. There are no
//! locks: a file is open once ([`Disk::open`]).
//!
//! The crate `sqlite-plugin` is for a whole file system of one's own; this one stands before another, which keeps
//! every file that is not ours.

#![expect(unsafe_code, reason = "SQLite calls it through pointers")]

use super::disk::{Disk, Gone, Inode};
use jol_headless::world::dice::Dice;
use rusqlite::ffi::*;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, Once, PoisonError};

/// What chance is made of.
static SEED: AtomicU64 = AtomicU64::new(0);

/// From here on SQLite's chance (the salts of its logs) is what this seed names. It must be another one for each
/// life of a database: SQLite tells the log of one life from that of another by its salts.
pub(crate) fn set_chance(seed: u64) {
    SEED.store(seed, Ordering::SeqCst);
    // SAFETY: without a number of bytes it only forgets its seed.
    unsafe { sqlite3_randomness(0, ptr::null_mut()) };
}

/// What lies where.
static MOUNTED: Mutex<Vec<(PathBuf, Arc<Disk>)>> = Mutex::new(Vec::new());

/// A folder that lies on a disk, until this is dropped.
pub(crate) struct Mount(PathBuf);

/// From here on SQLite finds this folder on this disk.
pub(crate) fn mount(folder: &Path, disk: Arc<Disk>) -> Mount {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    // As SQLite writes it.
    let folder = folder.canonicalize().expect("a folder");
    MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).push((folder.clone(), disk));
    Mount(folder)
}

impl Drop for Mount {
    fn drop(&mut self) {
        MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).retain(|(folder, _)| *folder != self.0);
    }
}

fn register() {
    // SAFETY: SQLite's own file system is never unregistered, and what is leaked here stays where it is.
    unsafe {
        let unix = sqlite3_vfs_find(ptr::null());
        assert!(!unix.is_null(), "SQLite has a file system");
        let vfs = Box::leak(Box::new(sqlite3_vfs {
            szOsFile: (*unix).szOsFile.max(size_of::<OpenFile>() as c_int),
            zName: c"jol-crashes".as_ptr(),
            // What is called with a name of ours; the rest is SQLite's own.
            pAppData: unix.cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xRandomness: Some(randomness),
            ..*unix
        }));
        assert_eq!(sqlite3_vfs_register(vfs, 1), SQLITE_OK);
    }
}

/// A file of a disk, in the room that SQLite gives for it.
#[repr(C)]
struct OpenFile {
    methods: *const sqlite3_io_methods,
    /// Owned; null once it is closed.
    file: *mut Opened,
}

struct Opened {
    disk: Arc<Disk>,
    inode: Inode,
    /// The first sync of a new journal or WAL syncs its directory.
    is_new: bool,
    /// Owned.
    shared: Vec<*mut [u64]>,
}

impl Opened {
    fn give_up_memory(&mut self) {
        for region in self.shared.drain(..) {
            // SAFETY: it came from `Box::into_raw`, and SQLite has given its mapping up.
            drop(unsafe { Box::from_raw(region) });
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.give_up_memory();
        self.disk.close(self.inode);
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
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

/// The disk that a path lies on, and its name there.
///
/// # Safety
/// `path` is null or a string that ends with 0.
unsafe fn on_disk(path: *const c_char) -> Option<(Arc<Disk>, String)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: as above.
    let path = Path::new(unsafe { CStr::from_ptr(path) }.to_str().ok()?);
    let mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, disk) = mounted.iter().find(|(folder, _)| path.parent() == Some(folder))?;
    Some((disk.clone(), path.file_name()?.to_str()?.to_owned()))
}

/// SQLite's own file system.
///
/// # Safety
/// `vfs` is ours.
unsafe fn unix(vfs: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: `register` put it there.
    unsafe { (*vfs).pAppData.cast() }
}

/// What SQLite opened.
///
/// # Safety
/// `file` was opened by `open`, and nobody else uses it now.
unsafe fn opened<'a>(file: *mut sqlite3_file) -> &'a mut Opened {
    // SAFETY: it is an `OpenFile` whose `file` lives until `close`.
    unsafe { &mut *(*file.cast::<OpenFile>()).file }
}

fn code(done: Result<(), Gone>, failed: c_int) -> c_int {
    if done.is_ok() { SQLITE_OK } else { failed }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes a name or none, room for `szOsFile` bytes, and a place for flags or none.
    unsafe {
        let Some((disk, on_disk)) = on_disk(name) else {
            let unix = unix(vfs);
            return (*unix).xOpen.map_or(SQLITE_CANTOPEN, |open| open(unix, name, file, flags, out_flags));
        };
        (*file).pMethods = ptr::null();
        let create = flags & SQLITE_OPEN_CREATE != 0;
        let Ok(Some(inode)) = disk.open(&on_disk, create) else { return SQLITE_CANTOPEN };
        let is_new = create && flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL) != 0;
        let opened = Box::into_raw(Box::new(Opened { disk, inode, is_new, shared: Vec::new() }));
        file.cast::<OpenFile>().write(OpenFile { methods: &METHODS, file: opened });
        if !out_flags.is_null() {
            *out_flags = flags;
        }
        SQLITE_OK
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    // SAFETY: SQLite passes a name.
    unsafe {
        let Some((disk, on_disk)) = on_disk(name) else {
            let unix = unix(vfs);
            return (*unix).xDelete.map_or(SQLITE_IOERR_DELETE, |delete| delete(unix, name, sync_dir));
        };
        match disk.remove(&on_disk, sync_dir != 0) {
            Ok(true) => SQLITE_OK,
            Ok(false) => SQLITE_IOERR_DELETE_NOENT,
            Err(Gone) => SQLITE_IOERR_DELETE,
        }
    }
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    found: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes a name and a place for the answer.
    unsafe {
        let Some((disk, on_disk)) = on_disk(name) else {
            let unix = unix(vfs);
            return (*unix).xAccess.map_or(SQLITE_IOERR_ACCESS, |access| access(unix, name, flags, found));
        };
        let Ok(length) = disk.length_of(&on_disk) else { return SQLITE_IOERR_ACCESS };
        // An empty file does not exist for SQLite's own file system.
        let least = usize::from(flags == SQLITE_ACCESS_EXISTS);
        *found = c_int::from(length.is_some_and(|length| length >= least));
        SQLITE_OK
    }
}

unsafe extern "C" fn full_pathname(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: handed on as it came.
    unsafe {
        let unix = unix(vfs);
        (*unix).xFullPathname.map_or(SQLITE_CANTOPEN, |full| full(unix, name, room, out))
    }
}

unsafe extern "C" fn randomness(_vfs: *mut sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    let mut dice = Dice::new(SEED.load(Ordering::SeqCst), "sqlite");
    // SAFETY: SQLite passes room for so many bytes.
    let room = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), count as usize) };
    room.fill_with(|| dice.next() as u8);
    count
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes what it opened, once.
    unsafe {
        let open = file.cast::<OpenFile>();
        drop(Box::from_raw((*open).file));
        (*open).file = ptr::null_mut();
        (*open).methods = ptr::null();
    }
    SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    count: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes room for so many bytes.
    let (file, into) = unsafe {
        ptr::write_bytes(into.cast::<u8>(), 0, count as usize);
        (opened(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), count as usize))
    };
    match file.disk.read(file.inode, at as usize, into) {
        Ok(done) if done == into.len() => SQLITE_OK,
        Ok(_) => SQLITE_IOERR_SHORT_READ,
        Err(Gone) => SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes so many bytes.
    let (file, bytes) =
        unsafe { (opened(file), std::slice::from_raw_parts(bytes.cast::<u8>(), count as usize)) };
    code(file.disk.write(file.inode, at as usize, bytes), SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let file = unsafe { opened(file) };
    code(file.disk.resize(file.inode, length as usize), SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file.
    let file = unsafe { opened(file) };
    let done = file.disk.sync(file.inode, file.is_new);
    file.is_new &= done.is_err();
    code(done, SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, length: *mut sqlite3_int64) -> c_int {
    // SAFETY: an open file, and a place for its length.
    unsafe {
        let file = opened(file);
        match file.disk.length(file.inode) {
            Ok(known) => {
                *length = known as sqlite3_int64;
                SQLITE_OK
            }
            Err(Gone) => SQLITE_IOERR_FSTAT,
        }
    }
}

unsafe extern "C" fn lock(_file: *mut sqlite3_file, _level: c_int) -> c_int {
    SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_file: *mut sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: a place for the answer.
    unsafe { *held = 0 };
    SQLITE_OK
}

unsafe extern "C" fn file_control(_file: *mut sqlite3_file, _what: c_int, _value: *mut c_void) -> c_int {
    SQLITE_NOTFOUND
}

/// What SQLite's own file system says on Linux, on which its syncs and paddings hang.
unsafe extern "C" fn sector_size(_file: *mut sqlite3_file) -> c_int {
    4_096
}

unsafe extern "C" fn device_characteristics(_file: *mut sqlite3_file) -> c_int {
    SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SUBPAGE_READ
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file, and a place for the answer. A region stays where it is until it is given up.
    unsafe {
        let file = opened(file);
        *mapped = ptr::null_mut();
        let (region, words) = (region as usize, (size as usize).div_ceil(size_of::<u64>()));
        while extend != 0 && file.shared.len() <= region {
            file.shared.push(Box::into_raw(vec![0_u64; words].into_boxed_slice()));
        }
        if let Some(memory) = file.shared.get(region) {
            *mapped = memory.cast();
        }
    }
    SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    _file: *mut sqlite3_file,
    _first: c_int,
    _count: c_int,
    _flags: c_int,
) -> c_int {
    SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_file: *mut sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: an open file.
    unsafe { opened(file) }.give_up_memory();
    SQLITE_OK
}
