#!/usr/bin/env python3
"""The window as a person has it: tests/window/smoke.py path/to/heaplens

Starts the program on a display of its own (Xvfb, openbox), works with mouse and keys (xdotool), and
looks at what it exports and copies. What it should be stands in answers.json, made from the answers of
DevTools' own code by tests/oracle/make-goldens.sh. Pictures are left in target/window-test.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
PICTURES = TESTS.parent / "target" / "window-test"
ANSWERS = json.loads((TESTS / "window" / "answers.json").read_text())
COLUMNS = ["new", "deleted", "delta", "allocated_size", "freed_size", "size_delta"]

SCREEN = (1500, 960)
WINDOW = (1440, 900)
# Heights of what stands above the first row, in pixels; see src/ui.
VIEW_BAR, TOOLBAR, HEADER, ROW = 44, 44, 30, 26
# A debug build with software rendering on a busy machine is slow.
PATIENCE = 120


class Failed(Exception):
    pass


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def until(what, check, patience=PATIENCE):
    """Asks again and again; the first answer that is something."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        answer = check()
        if answer:
            return answer
        time.sleep(0.1)
    raise Failed(f"waited {patience} s for {what}")


class Desktop:
    """A display with a window manager and nothing else."""

    def __enter__(self):
        read, write = os.pipe()
        screen = f"{SCREEN[0]}x{SCREEN[1]}x24"
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp"],
            pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as numbers:
            os.environ["DISPLAY"] = ":" + numbers.readline().strip()
        self.manager = subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("a window manager", lambda: "window id" in run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
        return self

    def __exit__(self, *_):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()


class Program:
    """The program with its window."""

    def __init__(self, binary, folder, *arguments):
        self.folder = folder
        self.exports = 0
        environment = {**os.environ, "HOME": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
            environment[variable] = str(folder)
        # No portal: the program falls back on typed paths.
        for variable in ("DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"):
            environment.pop(variable, None)
        self.process = subprocess.Popen([str(binary), *map(str, arguments)], env=environment)
        self.window = until("a window", self.find_window)
        run("xdotool", "windowactivate", "--sync", self.window)
        run("xdotool", "windowsize", "--sync", self.window, str(WINDOW[0]), str(WINDOW[1]))
        self.settle()

    def find_window(self):
        if self.process.poll() is not None:
            raise Failed(f"the program ended with {self.process.returncode}")
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Heaplens"],
                               capture_output=True, text=True)
        return found.stdout.split()[:1] and found.stdout.split()[0]

    def settle(self):
        """Waits until the program has nothing to do: an idle window takes next to no time."""
        def spent():
            if self.process.poll() is not None:
                raise Failed(f"the program ended with {self.process.returncode}")
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])

        def is_idle():
            before = spent()
            time.sleep(0.5)
            return spent() - before <= 0.2 * 0.5 * os.sysconf("SC_CLK_TCK")

        until("the program to come to rest", is_idle)

    def keys(self, *names):
        for name in names:
            run("xdotool", "key", "--clearmodifiers", name)
            time.sleep(0.15)

    def write(self, text):
        run("xdotool", "type", "--clearmodifiers", "--delay", "15", text)

    def click(self, x, y):
        run("xdotool", "mousemove", "--sync", "--window", self.window, str(x), str(y))
        time.sleep(0.2)
        run("xdotool", "click", "1")
        self.settle()

    def click_row(self, row):
        """Selects a row of the main table, counted from the first one in view."""
        self.click(WINDOW[0] // 2, VIEW_BAR + TOOLBAR + HEADER + ROW * row + ROW // 2)

    def export(self):
        """The rows of the main table, by its export."""
        self.exports += 1
        path = self.folder / f"export-{self.exports}.csv"

        def saved():
            self.keys("ctrl+e")
            time.sleep(0.5)
            self.keys("ctrl+a")
            self.write(str(path))
            time.sleep(1)  # the dialog looks up what is there before it takes Enter
            self.keys("Return")
            time.sleep(1)
            if not path.exists():
                self.keys("Escape")
            return path.exists()

        until(f"{path.name} to be written", saved)
        self.settle()
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def copied(self):
        """The selected rows as text."""
        self.keys("ctrl+c")
        time.sleep(0.5)
        return run("xclip", "-selection", "clipboard", "-o")

    def photograph(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        run("import", "-window", "root", str(PICTURES / f"{name}.png"))

    def close(self):
        self.keys("alt+F4")
        until("the program to end", lambda: self.process.poll() is not None, 20)
        same("exit code", self.process.returncode, 0)

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        if self.process.poll() is None:
            self.photograph("failure")
            self.process.kill()
        self.process.wait()


def same(what, ours, expected):
    if ours == expected:
        print(f"  {what}: as in DevTools" if isinstance(ours, list) else f"  {what}: {ours}")
        return
    if isinstance(ours, list) and isinstance(expected, list):
        pairs = list(zip(ours, expected))
        at = next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs))
        raise Failed(f"{what}: {len(ours)} rows instead of {len(expected)}; row {at} is "
                     f"{ours[at:at + 1]} instead of {expected[at:at + 1]}")
    raise Failed(f"{what}: {ours!r} instead of {expected!r}")


def classes(rows):
    return [[row["class"] or row["name"], *(int(row[column]) for column in COLUMNS)] for row in rows]


def in_order(rows, column, descending=True):
    """As DevTools sorts classes: by a column, then by name in UTF-16."""
    place = 1 + COLUMNS.index(column)
    sign = -1 if descending else 1
    return sorted(rows, key=lambda row: (sign * row[place], row[0].encode("utf-16-be")))


def compare_two(binary, folder):
    real = TESTS / "fixtures" / "real"
    files = [real / f"chrome-{moment}.heapsnapshot.zst" for moment in ("base", "target")]
    with Program(binary, folder, *files) as program:
        expected = ANSWERS["comparison"]
        same("comparison", classes(program.export()), in_order(expected, "size_delta"))

        header = (WINDOW[0] - 60, VIEW_BAR + TOOLBAR + HEADER // 2)
        program.click(*header)
        same("sorted the other way", classes(program.export()), in_order(expected, "size_delta", False))
        program.click(*header)
        same("and back", classes(program.export()), in_order(expected, "size_delta"))

        opened = ANSWERS["opened"]
        program.keys("ctrl+f")
        program.write(opened["name"])
        program.settle()
        program.click_row(0)
        program.keys("Right")
        program.settle()
        first, *objects = program.export()
        same("filtered class", classes([first]), [row for row in expected if row[0] == opened["name"]])
        same("objects in it", [int(row["id"].lstrip("@")) for row in objects], opened["objects"])

        program.click_row(1)
        program.keys("F6", "Home")
        edge, holder = opened["retainers"][0]
        line = program.copied()
        if edge not in line or f"@{holder}" not in line:
            raise Failed(f"first retainer: {line!r} instead of {edge} in @{holder}")
        print(f"  first retainer: {edge} in @{holder}")
        program.photograph("comparison")

        another = real / "node24.heapsnapshot.zst"
        program.keys("ctrl+l")
        time.sleep(0.5)
        program.keys("ctrl+a")
        program.write(str(another))
        time.sleep(1)
        program.keys("Return")
        program.settle()
        settings = json.loads((folder / "heaplens" / "settings.json").read_text())
        same("opened by path", settings["recent"][0], str(another))
        program.close()


def show_the_demo(binary, folder):
    with Program(binary, folder, "demo") as program:
        same("the demo", classes(program.export()), in_order(ANSWERS["demo"], "size_delta"))
        program.photograph("demo")
        program.close()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = Path(sys.argv[1]).resolve()
    with Desktop():
        for test in (compare_two, show_the_demo):
            print(f"window: {test.__name__.replace('_', ' ')}")
            with tempfile.TemporaryDirectory() as folder:
                test(binary, Path(folder))
    print("window: all as it should be")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"window: {failure}")
