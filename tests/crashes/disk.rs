//! A phone's disk in memory, whose power can be cut at any call that changes it.
//!
//! Each file has what programs read (`now`) and what is on the medium for sure (`kept`); between them lie the
//! changes that no sync has kept yet. What a cut leaves is decided in one of three [`Way`]s, and the call in
//! which it comes is half done. The model is that of SQLite's own crash tests (`test6.c`: each unsynced write
//! is written, lost or trashed), with writes torn at 512 bytes, and names that need a sync of their directory.
//!
//! It is as hostile as SQLite lets a disk be (<https://sqlite.org/atomiccommit.html>, sections 2 and 9). What
//! SQLite counts on, and this disk therefore grants:
//! - a sync that came back has kept the file's bytes and length, and that of a new journal or WAL the names in
//!   its directory, as SQLite's own file system for Unix does it;
//! - a write changes no byte outside its range, even if it is torn (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, which
//!   SQLite presumes on every phone). Within the range anything may be there: old, new, or neither;
//! - what was kept stays readable. A medium that lies about syncs, or loses what it held, is another test
//!   (`damaged_wallet`).
//!
//! It does not order anything else: unsynced writes survive in any choice, the last one without the first.

use jol_headless::world::dice::Dice;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a medium writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// Files by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What a cut leaves of what no sync has kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// All: the app was killed, and the system lives on.
    Killed,
    /// Some of it, by chance: the battery was flat.
    Flat,
    /// Nothing.
    Lost,
}

/// The power is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// A file on a disk, open.
pub(crate) type Inode = usize;

/// A disk.
pub(crate) struct Disk(Mutex<State>);

struct State {
    files: Vec<File>,
    names: BTreeMap<String, Inode>,
    kept_names: BTreeMap<String, Inode>,
    renames: Vec<Rename>,
    open: BTreeSet<Inode>,
    calls: u64,
    cut_at: Option<u64>,
    /// The call in which the power went.
    cut: Option<Cut>,
}

#[derive(Default)]
struct File {
    now: Vec<u8>,
    kept: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// A name came, or went.
#[derive(Clone)]
enum Rename {
    Create(String, Inode),
    Remove(String),
}

enum Cut {
    Change(Inode, Change),
    Rename(Rename),
    Sync,
}

impl Disk {
    /// A disk that holds these files, all of them for sure.
    pub(crate) fn new(files: &Files) -> Disk {
        let names: BTreeMap<String, Inode> = files.keys().cloned().zip(0..).collect();
        let file = |bytes: &Vec<u8>| File { now: bytes.clone(), kept: bytes.clone(), unsynced: Vec::new() };
        Disk(Mutex::new(State {
            files: files.values().map(file).collect(),
            kept_names: names.clone(),
            names,
            renames: Vec::new(),
            open: BTreeSet::new(),
            calls: 0,
            cut_at: None,
            cut: None,
        }))
    }

    /// The power goes in the nth call from now that changes the disk, from 1 on.
    pub(crate) fn cut_at(&self, nth: u64) {
        let mut state = self.lock();
        state.cut_at = Some(state.calls + nth);
    }

    /// Whether the power is gone.
    pub(crate) fn is_cut(&self) -> bool {
        self.lock().cut.is_some()
    }

    /// How many calls changed it.
    pub(crate) fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// What programs read now.
    pub(crate) fn files(&self) -> Files {
        let state = self.lock();
        state.names.iter().map(|(name, inode)| (name.clone(), state.files[*inode].now.clone())).collect()
    }

    /// What a phone that is switched on again finds.
    pub(crate) fn after(&self, way: Way, dice: &mut Dice) -> Files {
        let state = self.lock();
        let mut names = if way == Way::Killed { state.names.clone() } else { state.kept_names.clone() };
        let cut_name = match &state.cut {
            Some(Cut::Rename(rename)) => Some(rename),
            _ => None,
        };
        let unsynced = state.renames.iter().filter(|_| way == Way::Flat);
        for rename in unsynced.chain(cut_name.filter(|_| way != Way::Lost)) {
            if dice.chance(0.5) {
                rename.apply(&mut names);
            }
        }
        let left = |(name, inode): (String, Inode)| {
            // A name that came in the call that was cut.
            let empty = File::default();
            let file = state.files.get(inode).unwrap_or(&empty);
            let cut = match &state.cut {
                Some(Cut::Change(of, change)) if *of == inode => Some(change),
                _ => None,
            };
            (name, file.after(cut, way, dice))
        };
        names.into_iter().map(left).collect()
    }

    /// Opens a file, and makes it if it may (`create`); none if there is none. A file is open once: the wallet
    /// has one connection.
    pub(crate) fn open(&self, name: &str, create: bool) -> Result<Option<Inode>, Gone> {
        let mut state = self.lock();
        state.alive()?;
        let inode = match state.names.get(name) {
            Some(inode) => *inode,
            None if create => {
                let inode = state.files.len();
                let rename = Rename::Create(name.to_owned(), inode);
                state.call(|| Cut::Rename(rename.clone()))?;
                state.files.push(File::default());
                rename.apply(&mut state.names);
                state.renames.push(rename);
                inode
            }
            None => return Ok(None),
        };
        Ok(state.open.insert(inode).then_some(inode))
    }

    /// Closes a file. Keeps nothing.
    pub(crate) fn close(&self, inode: Inode) {
        self.lock().open.remove(&inode);
    }

    /// Removes a name, with a sync of the directory or without; false if it was not there.
    pub(crate) fn remove(&self, name: &str, with_directory: bool) -> Result<bool, Gone> {
        let mut state = self.lock();
        state.alive()?;
        if !state.names.contains_key(name) {
            return Ok(false);
        }
        let rename = Rename::Remove(name.to_owned());
        state.call(|| Cut::Rename(rename.clone()))?;
        rename.apply(&mut state.names);
        state.renames.push(rename);
        if with_directory {
            state.call(|| Cut::Sync)?;
            state.keep_names();
        }
        Ok(true)
    }

    /// The length of the file of this name, if there is one.
    pub(crate) fn length_of(&self, name: &str) -> Result<Option<usize>, Gone> {
        let state = self.lock();
        state.alive()?;
        Ok(state.names.get(name).map(|inode| state.files[*inode].now.len()))
    }

    /// The length of a file.
    pub(crate) fn length(&self, inode: Inode) -> Result<usize, Gone> {
        let state = self.lock();
        state.alive()?;
        Ok(state.files[inode].now.len())
    }

    /// Reads bytes from `at` on; how many there were.
    pub(crate) fn read(&self, inode: Inode, at: usize, into: &mut [u8]) -> Result<usize, Gone> {
        let state = self.lock();
        state.alive()?;
        let bytes = state.files[inode].now.get(at..).unwrap_or_default();
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    /// Writes bytes from `at` on.
    pub(crate) fn write(&self, inode: Inode, at: usize, bytes: &[u8]) -> Result<(), Gone> {
        self.change(inode, Change::Write { at, bytes: bytes.to_vec() })
    }

    /// Cuts a file off, or fills it up with zeros.
    pub(crate) fn resize(&self, inode: Inode, length: usize) -> Result<(), Gone> {
        self.change(inode, Change::Resize(length))
    }

    /// Keeps what was written to a file, and the names in its directory if it is told to.
    pub(crate) fn sync(&self, inode: Inode, with_directory: bool) -> Result<(), Gone> {
        let mut state = self.lock();
        state.call(|| Cut::Sync)?;
        let File { kept, unsynced, .. } = &mut state.files[inode];
        unsynced.drain(..).for_each(|change| change.apply(kept));
        if with_directory {
            state.call(|| Cut::Sync)?;
            state.keep_names();
        }
        Ok(())
    }

    fn change(&self, inode: Inode, change: Change) -> Result<(), Gone> {
        let mut state = self.lock();
        state.call(|| Cut::Change(inode, change.clone()))?;
        let file = &mut state.files[inode];
        change.apply(&mut file.now);
        file.unsynced.push(change);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn alive(&self) -> Result<(), Gone> {
        if self.cut.is_some() { Err(Gone) } else { Ok(()) }
    }

    /// Counts a call that changes the disk, which may be the one in which the power goes.
    fn call(&mut self, what: impl FnOnce() -> Cut) -> Result<(), Gone> {
        self.alive()?;
        self.calls += 1;
        if self.cut_at == Some(self.calls) {
            self.cut = Some(what());
        }
        self.alive()
    }

    fn keep_names(&mut self) {
        self.kept_names = self.names.clone();
        self.renames.clear();
    }
}

impl File {
    /// What is left of it. `cut`: the change in which the power went.
    fn after(&self, cut: Option<&Change>, way: Way, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = if way == Way::Killed { self.now.clone() } else { self.kept.clone() };
        match (way, cut) {
            (Way::Lost, _) => {}
            // The system writes on until it sees that the process is dead: a part from the beginning.
            (Way::Killed, Some(Change::Write { at, bytes: new })) => {
                let done = dice.below(new.len() + 1);
                Change::Write { at: *at, bytes: new[..done].to_vec() }.apply(&mut bytes);
            }
            (Way::Killed | Way::Flat, cut) => {
                let unsynced = self.unsynced.iter().filter(|_| way == Way::Flat);
                unsynced.chain(cut).for_each(|change| change.apply_by_chance(&mut bytes, dice));
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Write { bytes, .. } if bytes.is_empty() => {}
            Change::Write { at, bytes } => {
                let end = at + bytes.len();
                file.resize(file.len().max(end), 0);
                file[*at..end].copy_from_slice(bytes);
            }
            Change::Resize(length) => file.resize(*length, 0),
        }
    }

    /// Whole, not at all, or sector by sector: new, old, or neither.
    fn apply_by_chance(&self, file: &mut Vec<u8>, dice: &mut Dice) {
        match (self, dice.below(3)) {
            (_, 0) => self.apply(file),
            (Change::Write { at, bytes }, 1) => {
                let mut begin = 0;
                while begin < bytes.len() {
                    let end = (SECTOR - (at + begin) % SECTOR + begin).min(bytes.len());
                    let part = match dice.below(3) {
                        0 => Some(bytes[begin..end].to_vec()),
                        1 => None,
                        _ => Some((begin..end).map(|_| dice.next() as u8).collect()),
                    };
                    if let Some(bytes) = part {
                        Change::Write { at: at + begin, bytes }.apply(file);
                    }
                    begin = end;
                }
            }
            _ => {}
        }
    }
}

impl Rename {
    fn apply(&self, names: &mut BTreeMap<String, Inode>) {
        match self {
            Rename::Create(name, inode) => _ = names.insert(name.clone(), *inode),
            Rename::Remove(name) => _ = names.remove(name),
        }
    }
}

#[test]
fn what_is_left_is_what_was_kept_and_a_choice_of_the_rest() {
    let old = Files::from([("a".to_owned(), vec![1; 2_000])]);
    let disk = Disk::new(&old);
    let a = disk.open("a", false).expect("power").expect("a file");
    let b = disk.open("b", true).expect("power").expect("a new file");
    disk.write(a, 100, &[2; 1_000]).expect("power");
    disk.write(b, 0, b"b").expect("power");
    disk.sync(b, false).expect("power");
    let mut dice = Dice::new(1, "disk");
    assert_eq!(disk.after(Way::Lost, &mut dice), old, "no sync of its directory, no name");
    let whole = Files::from([
        ("a".to_owned(), [vec![1; 100], vec![2; 1_000], vec![1; 900]].concat()),
        ("b".to_owned(), b"b".to_vec()),
    ]);
    assert_eq!(disk.after(Way::Killed, &mut dice), whole);
    let (mut torn, mut named) = (0, 0);
    for _ in 0..100 {
        let left = disk.after(Way::Flat, &mut dice);
        named += usize::from(left.contains_key("b"));
        let a = &left["a"];
        assert!(a[..100] == [1; 100] && a[1_100..] == [1; 900], "no byte outside of the write changes");
        torn += usize::from(*a != old["a"] && *a != whole["a"]);
        assert!(a[100..512].iter().all(|byte| *byte == a[100]) || a[100..512] != [1; 412], "by sectors");
    }
    assert!((15..60).contains(&torn) && (30..70).contains(&named), "{torn} {named}");
    disk.sync(a, true).expect("power");
    assert_eq!(disk.after(Way::Lost, &mut dice), whole);
    assert_eq!(disk.calls(), 6, "a file that is made, two writes, a sync, a sync with its directory's");
}

#[test]
fn nothing_happens_after_the_power_is_gone() {
    let disk = Disk::new(&Files::new());
    let a = disk.open("a", true).expect("power").expect("a new file");
    disk.cut_at(2);
    disk.write(a, 0, &[1; 8]).expect("power");
    assert_eq!(disk.write(a, 8, &[2; 8]), Err(Gone));
    assert_eq!(
        (disk.sync(a, true), disk.remove("a", true), disk.read(a, 0, &mut [0])),
        (Err(Gone), Err(Gone), Err(Gone))
    );
    let mut dice = Dice::new(1, "disk");
    let lengths: BTreeSet<usize> = (0..200).map(|_| disk.after(Way::Killed, &mut dice)["a"].len()).collect();
    assert_eq!(lengths, (8..=16).collect(), "the last write is half done");
    assert!(disk.after(Way::Lost, &mut dice).is_empty());
}
