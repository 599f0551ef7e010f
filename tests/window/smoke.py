#!/usr/bin/env python3
"""The window as a person has it: tests/window/smoke.py path/to/heaplens

Starts the program on a display of its own (Xvfb, openbox), works with mouse and keys (xdotool), and
looks at what it exports and copies. What it should be stands in answers.json, made from the answers of
DevTools' own code by tests/oracle/make-goldens.sh; or the program's own commands say it in the shell.
Pictures are left in target/window-test. Dropping files needs another program to drag them from: the tests
of the window in tests/it do that.
"""

import csv
import io
import itertools
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
PAIR = [TESTS / "fixtures" / "real" / f"chrome-{moment}.heapsnapshot.zst" for moment in ("base", "target")]
COLUMNS = ["new", "deleted", "delta", "allocated_size", "freed_size", "size_delta"]

SCREEN = (1500, 960)
WINDOW = (1440, 900)
# Heights of what stands above the first row, in pixels; see src/ui.
VIEW_BAR, TOOLBAR, HEADER, ROW = 44, 44, 30, 26
SIDEBAR = 248
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
        # By default a server begins anew when its last client leaves: then whoever looks whether the window
        # manager is there would throw it out while it is still coming in.
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp", "-noreset"],
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
        # No portal and no zenity: the program falls back on typed paths.
        environment["PATH"] = str(folder)
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
        """Waits until the program has nothing to do: its threads sleep, on a busy machine as well."""
        def works():
            if self.process.poll() is not None:
                raise Failed(f"the program ended with {self.process.returncode}")
            try:
                threads = list(Path(f"/proc/{self.process.pid}/task").glob("*/stat"))
                return any(thread.read_text().rsplit(")", 1)[1].split()[0] in "RD" for thread in threads)
            except OSError:  # a thread has ended meanwhile
                return True

        def is_idle():
            looks = []
            for _ in range(12):
                time.sleep(0.05)
                looks.append(works())
            return sum(looks) <= 4  # a cursor may blink

        until("the program to come to rest", is_idle)

    def keys(self, *names):
        for name in names:
            run("xdotool", "key", "--clearmodifiers", name)
            time.sleep(0.15)

    def write(self, text):
        run("xdotool", "type", "--clearmodifiers", "--delay", "15", text)

    def click(self, x, y):
        self.press(x, y)
        self.settle()

    def press(self, x, y):
        """Clicks without waiting for what comes of it."""
        run("xdotool", "mousemove", "--window", self.window, str(x), str(y))
        time.sleep(0.2)
        run("xdotool", "click", "1")

    def click_row(self, row):
        """Selects a row of the main table, counted from the first one in view."""
        self.click(WINDOW[0] // 2, VIEW_BAR + TOOLBAR + HEADER + ROW * row + ROW // 2)

    def open(self, path):
        """Opens a file by its path, where the path dialog is shown."""
        time.sleep(1)
        self.keys("ctrl+a")
        self.write(str(path))
        self.keys("Return")

    def filter(self, text):
        """Filters the table that has the keyboard."""
        self.keys("ctrl+f")
        time.sleep(1)
        self.keys("ctrl+a", "BackSpace")
        self.write(text)
        self.settle()

    def recent(self):
        settings = self.folder / "heaplens" / "settings.json"
        return json.loads(settings.read_text())["recent"] if settings.exists() else []

    def export(self):
        """The rows of the table that has the keyboard, by its export."""
        with self.export_file().open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def export_file(self):
        self.exports += 1
        path = self.folder / f"export-{self.exports}.csv"

        def saved():
            self.keys("ctrl+e")
            time.sleep(1)
            self.keys("ctrl+a")
            self.write(str(path))
            self.keys("Return")
            time.sleep(1)
            if not path.exists():
                self.keys("Escape")
            return path.exists()

        until(f"{path.name} to be written", saved)
        self.settle()
        return path

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
        print(f"  {what}: as expected" if isinstance(ours, (list, dict)) else f"  {what}: {ours}")
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


def shell(binary, *arguments):
    """What the program answers without a window, as CSV."""
    text = run(str(binary), *map(str, arguments), "--format", "csv")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def inside(rows):
    """The first row and those that lie in it directly."""
    rest = itertools.takewhile(lambda row: row["level"] != "0", rows[1:])
    return rows[0], [row for row in rest if row["level"] == "1"]


def compare_two(binary, folder):
    files = PAIR
    with Program(binary, folder, *files) as program:
        expected = ANSWERS["comparison"]
        same("comparison", classes(program.export()), in_order(expected, "size_delta"))

        header = (WINDOW[0] - 60, VIEW_BAR + TOOLBAR + HEADER // 2)
        program.click(*header)
        same("sorted the other way", classes(program.export()), in_order(expected, "size_delta", False))
        program.click(*header)
        same("and back", classes(program.export()), in_order(expected, "size_delta"))

        opened = ANSWERS["opened"]
        program.filter(opened["name"])
        program.click_row(0)
        program.keys("Right")
        program.settle()
        first, objects = inside(program.export())
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

        same("its retainers", program.export(), shell(binary, "retainers", files[1], f"@{opened['objects'][0]}"))

        program.keys("F6")
        program.filter(f"@{opened['objects'][1]}")
        program.keys("Return", "Home", "Right")
        program.settle()
        _, objects = inside(program.export())
        same("found by id", [int(row["id"]) for row in objects], [opened["objects"][1]])
        program.close()


def look_at_what_is_gone(binary, folder):
    """Deleted objects, and the comparison the other way round."""
    with Program(binary, folder, *PAIR) as program:
        gone = next(row[0] for row in ANSWERS["comparison"] if row[1] == 0 and row[2] == 1 and row[0].isalpha())
        program.filter(gone)
        program.keys("Return", "Home", "Right")
        program.settle()
        program.keys("Right")
        program.settle()
        _, [deleted] = inside(program.export())
        same("deleted", [deleted["name"], deleted["new"], deleted["deleted"]], [deleted["name"], "0", "1"])
        program.keys("F6")
        same("its retainers are those of the base", program.export(),
             shell(binary, "retainers", PAIR[0], f"@{deleted['id']}"))
        program.photograph("deleted")

        program.keys("F6")
        program.filter("")
        program.keys("Return", "ctrl+r")
        program.settle()
        # Not the same rows with other signs: interfaces of plain objects are those of the target.
        same("swapped", program.export(), shell(binary, "compare", *reversed(PAIR)))
        program.close()


def summarise_one(binary, folder):
    """A file chosen where there is no dialog, its tree as a file, and the recent list."""
    file = TESTS / "fixtures" / "real" / "node24.heapsnapshot.zst"
    with Program(binary, folder) as program:
        program.keys("ctrl+o")
        time.sleep(1)
        program.photograph("no-dialog")
        program.open(file)
        program.settle()
        same("opened by path", program.recent(), [str(file)])
        rows = program.export()
        same("summary", rows, shell(binary, "summary", file))

        program.keys("Home", "Right")
        program.settle()
        program.keys("Right", "Right")
        program.settle()
        tree = program.export()
        first, objects = inside(tree)
        same("opened class", first, rows[0])
        same("number of objects in it", len(objects), int(first["count"]))
        fields = [row for row in tree if row["level"] == "2"]
        named = sorted((row["edge"], row["id"]) for row in fields)
        answer = shell(binary, "object", file, f"@{objects[0]['id']}")
        same("fields of the first", named, sorted((row["edge"], row["id"]) for row in answer))
        program.close()
    with Program(binary, folder) as program:
        program.keys("ctrl+l")
        time.sleep(1)
        program.keys("Down", "Return")
        time.sleep(1)
        program.keys("Return")
        program.settle()
        same("opened from the recent list", program.export(), rows)
        program.close()


def stop_loading(binary, folder):
    """Several files at once, of which one takes too long."""
    large = folder / "a-large-one.heapsnapshot"
    write_large(large)
    with Program(binary, folder) as program:
        program.keys("ctrl+l")
        program.open(large)
        # Its card is the first one, and its cross stands at the right of the title.
        program.press(SIDEBAR - 28, 102)
        program.photograph("stopped")
        for file in PAIR:
            program.keys("ctrl+l")
            program.open(file)
        until("two files to be open", lambda: len(program.recent()) == 2)
        program.settle()
        same("those that were not stopped", sorted(program.recent()), sorted(map(str, PAIR)))
        same("their comparison", classes(program.export()), in_order(ANSWERS["comparison"], "size_delta"))
        program.close()


def write_large(path, nodes=4_000_000):
    """A snapshot that takes a while: objects that nothing holds."""
    meta = {"node_fields": ["type", "name", "id", "self_size", "edge_count"],
            "node_types": [["hidden", "array", "string", "object", "synthetic"], "string", "number", "number", "number"],
            "edge_fields": ["type", "name_or_index", "to_node"],
            "edge_types": [["context", "element", "property"], "string_or_number", "node"]}
    header = {"meta": meta, "node_count": nodes, "edge_count": 0}
    with path.open("w") as file:
        file.write(f'{{"snapshot":{json.dumps(header)},"nodes":[4,0,1,0,0')
        for first in range(1, nodes, 100_000):
            last = min(first + 100_000, nodes)
            file.write("".join(f",3,1,{2 * node + 1},16,0" for node in range(first, last)))
        file.write('],"edges":[],"strings":["","Thing"]}')


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
        for test in (compare_two, look_at_what_is_gone, summarise_one, stop_loading, show_the_demo):
            print(f"window: {test.__name__.replace('_', ' ')}")
            with tempfile.TemporaryDirectory() as folder:
                test(binary, Path(folder))
    print("window: all as it should be")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"window: {failure}")
