"""Ctrl-C and a full disk, with real processes: nothing half-done is seen, and the same command goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from demur.keys.keyring import load_keyring
from demur.keys.subjects import subject_key

DEMUR = (sys.executable, "-m", "demur")
# Mount a disk of so many bytes for a command alone, with a copy of what was there; then make room and run it again.
ON_A_SMALL_DISK = """
set -e
cp -r "$1" "$1.before"
mount -t tmpfs -o size="$2" tmpfs "$1"
cp -r "$1.before/." "$1"
shift 2
"$@" > first.out 2> first.err && exit 99 || echo $? > first.status
mount -o remount,size=100m "$(dirname "$(readlink -f demur.toml)")/$DISK"
"$@" > second.out 2> second.err || true
cp -r "$DISK" after
"""


@pytest.fixture
def platform(registered, tmp_path):
    return Path(shutil.copytree(registered, tmp_path / "platform"))


def read_tree(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in paths}


def interrupt_at(folder: Path, line: str, *words: str) -> tuple[int, str, str]:
    """Press Ctrl-C when a command says a line; the terminal sends it to every process of the command."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*DEMUR, *words], cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        for told in process.stderr:
            if told.startswith(line):
                os.killpg(process.pid, signal.SIGINT)
                break
        out, err = process.communicate(timeout=60)
    return process.returncode, out, "".join(text for text in err.splitlines(keepends=True) if "/" not in text)


# Early: the last steps of a small build take less time than a signal.
@pytest.mark.parametrize("engine", [(), ("--in-flight", "2")], ids=["in-process", "processes"])
def test_a_build_that_is_interrupted_ends_with_130_and_goes_on_to_the_same_bytes(demur, platform, built, engine):
    ended = interrupt_at(platform, "judge 1/", "build", "sample", "--json", *engine)
    left = sorted(path.name for path in (platform / "corpora").iterdir())
    assert (ended, left) == ((130, "", "demur: interrupted\n"), [".sample.building"])
    assert demur(platform, "build", "sample").status == 0
    assert read_tree(platform / "corpora/sample/decisions") == read_tree(built / "corpora/sample/decisions")
    assert read_tree(platform / "corpora/sample/shards") == read_tree(built / "corpora/sample/shards")
    assert sorted(path.name for path in (platform / "corpora").iterdir()) == ["sample"]


def run_on_a_small_disk(folder: Path, disk: str, size: str, *words: str) -> tuple[int, str, str]:
    """Return exit status and last words of the command on the full disk, and what it printed when there was room."""
    shell = ["unshare", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", disk, size]
    (folder / disk).mkdir(exist_ok=True)
    done = subprocess.run(
        [*shell, *DEMUR, *words],
        cwd=folder,
        env={**os.environ, "DISK": disk},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    status, err, out = ((folder / name).read_text("utf-8") for name in ("first.status", "first.err", "second.out"))
    return int(status), "".join(line for line in err.splitlines(keepends=True) if line.startswith(("demur", "  "))), out


def test_a_full_disk_stops_a_build_which_goes_on_when_there_is_room(platform, built):
    status, told, out = run_on_a_small_disk(platform, "corpora", "200k", "build", "sample", "--json")
    assert (status, told.splitlines()[1:]) == (
        3,
        ["  next: Free some space and run the same command again: it goes on where it stopped."],
    )
    assert told.startswith("demur: no space left on the device that holds ")
    assert told.splitlines()[0].endswith(" [disk-full]")
    assert json.loads(out)["rows_decided"] == 400
    assert read_tree(platform / "after/sample/decisions") == read_tree(built / "corpora/sample/decisions")


def test_a_full_disk_refuses_an_import_which_is_taken_when_there_is_room(demur, registered, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(registered, folder, ignore=shutil.ignore_patterns("register"))
    assert demur(folder, "register", "status").status == 0
    # Room for what is there and for the log of a transaction's first pages.
    size = (folder / "register/register.db").stat().st_size // 1024 + 48
    words = ("register", "import", "accounts.csv", "--json")
    status, told, out = run_on_a_small_disk(folder, "register", f"{size}k", *words)
    assert status == 4
    assert told == (
        "demur: the register could not store this: the disk is full or failing [register-unavailable]\n"
        "  next: Nothing was acknowledged. Free some space if the disk is full, then ask again.\n"
    )
    (imported,) = json.loads(out)["files"]
    assert (imported["imported"], imported["unchanged"], imported["rejected"]) == (imported["rows_read"], 0, [])


@pytest.fixture
def objected(demur, built, tmp_path):
    """Return the platform after somebody objected who is in the corpus; nothing is applied yet."""
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    index = pl.read_parquet(folder / "corpora/sample/index/subjects.parquet").filter("is_author")
    keyring = load_keyring(folder / "keys/keyring.json")
    accounts = pl.read_csv(folder / "accounts.csv", infer_schema=False)["account"]
    there = [account for account in accounts if subject_key(keyring, account) in set(index["subject_key"])]
    assert demur(folder, "register", "object", there[0]).status == 0
    return folder


def used_bytes(folder: Path) -> int:
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("disk", "left_bytes", "status", "code"),
    [
        ("corpora", 8_192, 3, "disk-full"),  # what falls out cannot be written
        ("register", 0, 4, "register-unavailable"),  # nothing can be entered in the log
        ("register", 65_536, 3, "disk-full"),  # there is no room for a snapshot
    ],
)
def test_a_full_disk_stops_an_update_which_goes_on_when_there_is_room(
    demur, objected, tmp_path, disk, left_bytes, status, code
):
    undisturbed = Path(shutil.copytree(objected, tmp_path / "undisturbed"))
    expected = json.loads(demur(undisturbed, "apply", "sample", "--json").out)
    ended, told, out = run_on_a_small_disk(
        objected, disk, str(used_bytes(objected / disk) + left_bytes), "apply", "sample", "--json"
    )
    found = json.loads(out)
    assert (ended, told.splitlines()[0].rpartition(" ")[2]) == (status, f"[{code}]")
    # What was published before the disk was full is not published twice.
    assert (found["removed_in_all"], found["removals_version"]) == (expected["removed_in_all"], 1)
    assert expected["removed_in_all"] > 0
