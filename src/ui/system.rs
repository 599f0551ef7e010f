//! What a window needs from the system, and what to say where it is not there.

use std::any::Any;
use std::process::Command;

/// Shared libraries that the window loads when it opens, and the Debian packages that have them.
const X11: [(&str, &str); 5] = [
    ("libX11.so.6", "libx11-6"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libGL.so.1", "libgl1"),
];

/// See [`X11`].
const WAYLAND: [(&str, &str); 3] = [
    ("libwayland-egl.so.1", "libwayland-egl1"),
    ("libEGL.so.1", "libegl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
];

/// Why there can be no window, where that is known before trying: no display.
pub(super) fn no_display() -> Option<String> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set);
    (cfg!(target_os = "linux") && !has_display).then(|| {
        "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so this is told as text.\n\
         For the window, run it on a desktop; over SSH connect with `ssh -X`; in a container pass the \
         host's display (`-e DISPLAY -v /tmp/.X11-unix:/tmp/.X11-unix`)."
            .to_owned()
    })
}

/// Why the window did not open, with what to install where something is missing.
pub(super) fn explain(error: &str) -> String {
    let mut text = format!("The window cannot be opened: {error}.");
    let missing = missing_packages();
    if !missing.is_empty() {
        text.push_str(&format!(
            "\nMissing from the system: install {} (names of Debian's packages).",
            missing.join(" ")
        ));
    }
    text
}

/// The text of a panic, such as a window library's that misses a system library.
pub(super) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown fault".to_owned())
}

/// Packages whose libraries the loader does not know; none where it cannot be asked.
fn missing_packages() -> Vec<&'static str> {
    let known = ["ldconfig", "/sbin/ldconfig"].into_iter().find_map(|program| {
        let output =
            Command::new(program).arg("-p").output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    });
    let Some(known) = known else { return Vec::new() };
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some();
    let needed = X11.iter().chain(WAYLAND.iter().filter(|_| wayland));
    missing_of(needed, &known)
}

fn missing_of<'a>(
    needed: impl Iterator<Item = &'a (&'static str, &'static str)>,
    known: &str,
) -> Vec<&'static str> {
    needed.filter(|(library, _)| !known.contains(library)).map(|&(_, package)| package).collect()
}

#[cfg(test)]
mod tests {
    use super::{X11, missing_of};

    #[test]
    fn packages_of_missing_libraries_are_named() {
        let known =
            "libX11.so.6 (libc6) => /lib/libX11.so.6\nlibXcursor.so.1 => …\nlibXi.so.6 => …\nlibGL.so.1 => …";
        assert_eq!(missing_of(X11.iter(), known), ["libxkbcommon-x11-0"]);
    }
}
