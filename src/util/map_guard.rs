//! Keeps reading a mapped file safe where the file loses bytes meanwhile.
//!
//! When a file becomes shorter, the pages of its mapping that lie behind its new end are
//! gone: reading them raises the signal `SIGBUS`, which ends the process. The same happens
//! when a disk or a network share fails to deliver a page. Here a handler of that signal puts
//! zeros in place of what is gone, notes that it did, and reading goes on; whoever reads asks
//! afterwards. (systemd's journal and Sapling's index handle their mapped files in this way.)
//!
//! Windows refuses to shorten a mapped file, so there is nothing to do.

#[cfg(not(unix))]
pub use elsewhere::MapGuard;
#[cfg(unix)]
pub use unix::MapGuard;

#[cfg(unix)]
#[allow(unsafe_code, reason = "signals and mappings have no safe interface")]
mod unix {
    use std::ffi::{c_int, c_void};
    use std::io;
    use std::mem::zeroed;
    use std::ptr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

    /// The start of a slot that watches nothing: no address is above it.
    const NOWHERE: usize = usize::MAX;

    /// A mapping that is watched. Atomics only, as the handler may read it at any moment.
    #[derive(Debug)]
    struct Slot {
        is_taken: AtomicBool,
        /// Address of the first byte, or [`NOWHERE`].
        start: AtomicUsize,
        /// Address behind the last byte.
        end: AtomicUsize,
        has_lost_bytes: AtomicBool,
    }

    impl Slot {
        const fn free() -> Self {
            Self {
                is_taken: AtomicBool::new(false),
                start: AtomicUsize::new(NOWHERE),
                end: AtomicUsize::new(0),
                has_lost_bytes: AtomicBool::new(false),
            }
        }

        /// The end of the watched mapping, if it holds `address`.
        fn end_of(&self, address: usize) -> Option<usize> {
            let start = self.start.load(SeqCst);
            let end = self.end.load(SeqCst);
            // The slot may have got another mapping between the two looks.
            let is_pair = self.start.load(SeqCst) == start;
            (is_pair && (start..end).contains(&address)).then_some(end)
        }
    }

    /// Slots, and more of them where those do not suffice. They stay for good and are used again.
    struct Slots {
        slots: [Slot; 32],
        more: OnceLock<Box<Slots>>,
    }

    impl Slots {
        const fn empty() -> Self {
            Self { slots: [const { Slot::free() }; 32], more: OnceLock::new() }
        }
    }

    static SLOTS: Slots = Slots::empty();

    /// What the signal did before the handler was there, and the size of a page in bytes.
    static BEFORE: OnceLock<(libc::sigaction, usize)> = OnceLock::new();

    /// Watches a mapping as long as it lives. Must be dropped before the mapping is.
    #[derive(Debug)]
    pub struct MapGuard(&'static Slot);

    impl MapGuard {
        /// Watches the mapping that `bytes` are all of. Errors when the system takes no handler.
        pub fn new(bytes: &[u8]) -> io::Result<Self> {
            install()?;
            let mut slots = &SLOTS;
            let slot = loop {
                let take = |slot: &&Slot| slot.is_taken.compare_exchange(false, true, SeqCst, SeqCst).is_ok();
                if let Some(slot) = slots.slots.iter().find(take) {
                    break slot;
                }
                slots = slots.more.get_or_init(|| Box::new(Slots::empty()));
            };
            slot.has_lost_bytes.store(false, SeqCst);
            slot.end.store(bytes.as_ptr_range().end as usize, SeqCst);
            slot.start.store(bytes.as_ptr() as usize, SeqCst);
            Ok(Self(slot))
        }

        /// Whether zeros have been put in place of bytes that were gone.
        pub fn has_lost_bytes(&self) -> bool {
            self.0.has_lost_bytes.load(SeqCst)
        }
    }

    impl Drop for MapGuard {
        fn drop(&mut self) {
            self.0.start.store(NOWHERE, SeqCst);
            self.0.is_taken.store(false, SeqCst);
        }
    }

    /// Installs the handler, once for the whole process.
    fn install() -> io::Result<()> {
        static INSTALLED: OnceLock<Result<(), i32>> = OnceLock::new();
        let result = INSTALLED.get_or_init(|| {
            // SAFETY: plain calls of the system with places for their answers; a `sigaction` of
            // zeros is a valid one. What the handler needs is written before it is installed.
            let is_installed = unsafe {
                let page = libc::sysconf(libc::_SC_PAGESIZE) as usize;
                let mut before: libc::sigaction = zeroed();
                let mut action: libc::sigaction = zeroed();
                libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut before) == 0 && {
                    let _ = BEFORE.set((before, page));
                    action.sa_sigaction = on_bus_error as *const () as usize;
                    // On the signal stack, as the run time's own handler finds stack overflows.
                    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                    libc::sigemptyset(&raw mut action.sa_mask);
                    libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) == 0
                }
            };
            is_installed.then_some(()).ok_or_else(|| io::Error::last_os_error().raw_os_error().unwrap_or(0))
        });
        result.map_err(io::Error::from_raw_os_error)
    }

    /// Handles the signal. Does nothing but what is safe at any moment: reads and writes
    /// atomics, and calls the system directly.
    extern "C" fn on_bus_error(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        // SAFETY: the system hands over a valid `info`; the address stands in it when the
        // system itself sent the signal, which codes above 0 say.
        let (is_fault, address) = unsafe { ((*info).si_code > 0, (*info).si_addr() as usize) };
        if !(is_fault && put_zeros(address)) {
            pass_on(signal, info, context, is_fault);
        }
    }

    /// Puts zeros in place of a watched mapping from the page of `address` on: where a
    /// file has ended, all that follows is gone as well. False when nobody watches there.
    fn put_zeros(address: usize) -> bool {
        let Some(&(_, page)) = BEFORE.get() else { return false };
        let mut slots = Some(&SLOTS);
        while let Some(some) = slots {
            for slot in &some.slots {
                let Some(end) = slot.end_of(address) else { continue };
                let start = address / page * page;
                slot.has_lost_bytes.store(true, SeqCst);
                let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
                // SAFETY: the pages belong to a mapping that is only read, and alive, as somebody
                // reads it right now; they are replaced by readable ones. `errno` is put back for
                // the code that was interrupted.
                return unsafe {
                    let errno = io::Error::last_os_error().raw_os_error();
                    let zeros = libc::mmap(start as *mut c_void, end - start, libc::PROT_READ, flags, -1, 0);
                    set_errno(errno.unwrap_or(0));
                    zeros != libc::MAP_FAILED
                };
            }
            slots = some.more.get().map(|more| &**more);
        }
        false
    }

    fn set_errno(number: c_int) {
        // SAFETY: the place of this thread's `errno`.
        unsafe {
            #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "hurd"))]
            let place = libc::__errno_location();
            #[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
            let place = libc::__error();
            #[cfg(any(target_os = "openbsd", target_os = "netbsd", target_os = "android"))]
            let place = libc::__errno();
            *place = number;
        }
    }

    /// Does what would have been done without this handler.
    fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void, is_fault: bool) {
        let before = BEFORE.get().map(|(before, _)| before);
        // SAFETY: whoever installed a handler before gave it the type that its flags say.
        // The default ends the process: a fault occurs again after the return, anything
        // else is sent again.
        unsafe {
            match before.map_or(libc::SIG_DFL, |before| before.sa_sigaction) {
                libc::SIG_IGN if !is_fault => {}
                libc::SIG_DFL | libc::SIG_IGN => {
                    let default: libc::sigaction = zeroed();
                    libc::sigaction(signal, &raw const default, ptr::null_mut());
                    if !is_fault {
                        libc::raise(signal);
                    }
                }
                handler if before.is_some_and(|before| before.sa_flags & libc::SA_SIGINFO != 0) => {
                    type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
                    let handler = std::mem::transmute::<usize, Handler>(handler);
                    handler(signal, info, context);
                }
                handler => {
                    let handler = std::mem::transmute::<usize, extern "C" fn(c_int)>(handler);
                    handler(signal);
                }
            }
        }
    }

    #[cfg(test)]
    #[cfg(not(miri))] // which maps no files and raises no signals
    mod tests {
        use std::fs::File;
        use std::io::Write as _;
        use std::os::unix::process::ExitStatusExt as _;
        use std::process::{Command, ExitStatus};

        use memmap2::Mmap;

        use super::{MapGuard, c_int, install, zeroed};

        const PAGES: usize = 4;

        /// A mapped file of some pages of `x` that has lost all but one of them.
        fn shortened() -> (Mmap, usize, File) {
            let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&b"x".repeat(page * PAGES)).unwrap();
            let map = unsafe { Mmap::map(&file) }.unwrap();
            file.set_len(page as u64).unwrap();
            (map, page, file)
        }

        #[test]
        fn zeros_stand_for_what_a_file_has_lost() {
            let (map, page, _file) = shortened();
            let guard = MapGuard::new(&map).unwrap();
            assert_eq!(map[page - 1], b'x');
            assert!(!guard.has_lost_bytes());
            assert_eq!((map[2 * page + 5], map[2 * page], map[PAGES * page - 1]), (0, 0, 0));
            assert!(guard.has_lost_bytes());
            assert_eq!(map[page], 0, "pages before the first one that was missed are missed in their turn");
        }

        #[test]
        fn any_number_of_mappings_is_watched_by_many_threads() {
            let maps: Vec<_> = (0..100).map(|_| shortened()).collect();
            let guards: Vec<_> = maps.iter().map(|(map, ..)| MapGuard::new(map).unwrap()).collect();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| maps.iter().for_each(|(map, page, _)| assert_eq!(map[page * 2], 0)));
                }
            });
            assert!(guards.iter().all(MapGuard::has_lost_bytes));
            drop(guards);
            let (map, page, _file) = shortened();
            let guard = MapGuard::new(&map).unwrap();
            assert!(!guard.has_lost_bytes(), "a slot that was used before starts anew");
            assert_eq!(map[page], 0);
        }

        /// Runs a test of this file that ends its process.
        fn run_in_a_process_of_its_own(test: &str) -> ExitStatus {
            let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
            let test = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", &name, "--ignored", "--nocapture"])
                .output()
                .unwrap();
            test.status
        }

        #[test]
        fn what_is_not_watched_ends_the_process_as_ever() {
            let status = run_in_a_process_of_its_own("reads_a_lost_page_that_nobody_watches");
            assert_eq!(status.signal(), Some(libc::SIGBUS), "{status}");
        }

        #[test]
        #[ignore = "ends its process; run by another test"]
        fn reads_a_lost_page_that_nobody_watches() {
            let (watched, ..) = shortened();
            let _guard = MapGuard::new(&watched).unwrap();
            let (map, page, _file) = shortened();
            std::process::exit(i32::from(map[page]));
        }

        #[test]
        fn a_handler_from_before_gets_what_is_not_watched() {
            let status = run_in_a_process_of_its_own("reads_a_lost_page_under_a_handler_of_its_own");
            assert_eq!(status.code(), Some(42), "{status}");
        }

        #[test]
        #[ignore = "ends its process; run by another test"]
        fn reads_a_lost_page_under_a_handler_of_its_own() {
            extern "C" fn end(_signal: c_int) {
                unsafe { libc::_exit(42) }
            }
            unsafe {
                let mut action: libc::sigaction = zeroed();
                action.sa_sigaction = end as *const () as usize;
                libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
            }
            install().unwrap();
            let (map, page, _file) = shortened();
            std::process::exit(i32::from(map[page]));
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// Watches nothing.
    #[derive(Debug)]
    pub struct MapGuard;

    impl MapGuard {
        /// Never an error.
        pub fn new(_bytes: &[u8]) -> std::io::Result<Self> {
            Ok(Self)
        }

        /// Never.
        pub fn has_lost_bytes(&self) -> bool {
            false
        }
    }
}
