//! How much memory a reader holds at once: a length field that is believed shows here.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's memory, counted for each thread.
pub(crate) struct Counted;

fn count(bytes: isize) {
    // At a thread's end its cells are gone before its last memory is.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

#[expect(unsafe_code, reason = "an allocator cannot be written without; each call is handed on as it came")]
// SAFETY: every method hands its arguments to the system's allocator, under the same conditions.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        unsafe { System.realloc(place, layout, size) }
    }
}

/// Runs a target with an input.
///
/// # Panics
/// As the target does, and if it held more memory at once than it may.
pub(crate) fn run(target: &super::Target, input: &[u8]) {
    let before = HELD.get();
    MOST.set(before);
    (target.run)(input);
    let most = MOST.get() - before;
    assert!(most <= (target.megabytes as isize) << 20, "{} held {most} bytes at once", target.name);
}
