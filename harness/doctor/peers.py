"""Two processes, on one machine or on two, try a shared folder against each other.

    python -m harness.doctor.peers FOLDER 1 SECONDS

What runs rely on: a name that two create at once is given to one of them; a file that is put in
another's place is seen whole; what was synced is read by the other; both know the time.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.anchor import module_command
from harness.files import replace_text

ROUNDS = 8
PLACES = 40
"""How often a file is replaced while the other reads it."""
PAUSE = 0.01
SKEW = 5.0
"""Seconds by which clocks may differ; status files are judged by them."""
STALE = 60.0
"""Seconds after which what the other wrote is late: the harness takes two minutes for silence."""


class UnseenError(Exception):
    """The other's files did not appear in time."""


def play(folder: Path, me: int, patience: float) -> Mapping[str, Any]:
    """Play one side, 0 or 1, and leave what was seen in `result-ME.json`.

    Raises:
        UnseenError: the other side was not seen for `patience` seconds.
        OSError: the folder does not do what a run needs.
    """
    begun = time.monotonic()
    _meet(folder, "begin", me, patience)
    waited = time.monotonic() - begun
    created, linked = [], []
    for number in range(ROUNDS):
        _meet(folder, f"round-{number}", me, patience)
        created.append(_created(folder / f"exclusive-{number}"))
        linked.append(_linked(folder, f"lock-{number}", me))
    result = {
        "waited": waited,
        "created": created,
        "linked": linked,
        "clock": _clock(folder, me),
        "host": sha256(socket.gethostname().encode()).hexdigest(),
        **(_writer(folder, patience) if me == 0 else _reader(folder, patience)),
    }
    replace_text(folder / f"result-{me}.json", json.dumps(result))
    _meet(folder, "end", me, patience)
    return result


def results(folder: Path) -> list[Mapping[str, Any]]:
    """What both sides left."""
    return [json.loads((folder / f"result-{side}.json").read_text()) for side in (0, 1)]


def faults(sides: list[Mapping[str, Any]]) -> list[str]:
    """What the folder did that a run cannot live with; empty where all is well."""
    found = []
    for name, told in (("created", "exclusive creation"), ("linked", "a lock by link")):
        winners = [sum(pair) for pair in zip(*(side[name] for side in sides), strict=True)]
        if wrong := sum(count != 1 for count in winners):
            found.append(f"{told} was given to both or to none in {wrong} of {ROUNDS} rounds")
    reader = sides[1]
    if reader["torn"]:
        found.append(f"a replaced file was seen cut or absent {reader['torn']} times")
    if reader["unread"]:
        found.append(f"lines that were synced were not read {reader['unread']} times")
    if reader["late"] > STALE:
        found.append(f"what one wrote was seen {reader['late']:.0f} s later")
    return found


def skew(sides: list[Mapping[str, Any]]) -> float:
    """Seconds by which a process's clock differs from the folder's, at most."""
    return max(abs(float(side["clock"])) for side in sides)


def tried_here(folder: Path, patience: float) -> list[Mapping[str, Any]]:
    """Both sides on this machine, the other one in a process of its own.

    Raises:
        UnseenError, OSError: as `play`.
    """
    command = [*module_command("harness.doctor.peers"), str(folder), "1", str(patience)]
    other = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        play(folder, 0, patience)
        other.wait(patience)
        return results(folder)
    except UnseenError:
        if other.poll():
            said = (other.stderr.read() if other.stderr else "").strip().splitlines()
            raise OSError(said[-1] if said else "the second process ended") from None
        raise
    finally:
        other.kill()
        other.communicate()


def _meet(folder: Path, name: str, me: int, patience: float) -> None:
    """Return once both have come here."""
    with (folder / f"{name}-by-{me}").open("x") as file:
        os.fsync(file.fileno())
    end = time.monotonic() + patience
    # A listing is asked for anew where a missing name may be remembered as missing.
    while f"{name}-by-{1 - me}" not in os.listdir(folder):
        if time.monotonic() > end:
            raise UnseenError(f"the other side was not seen for {patience:.0f} s ({name})")
        time.sleep(PAUSE)


def _created(path: Path) -> bool:
    """Whether this process, of several, was the one that made the file."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    except FileExistsError:
        return False
    return True


def _linked(folder: Path, name: str, me: int) -> bool:
    """The same by linking a file of one's own to the name."""
    own = folder / f"{name}-of-{me}"
    own.write_text(str(me))
    with suppress(FileExistsError):
        os.link(own, folder / name)
    return own.stat().st_nlink == 2  # what holds where an answer of the server was lost


def _clock(folder: Path, me: int) -> float:
    """Seconds by which this process's clock is before that of the folder's server."""
    path, before = folder / f"clock-{me}", time.time()
    with path.open("xb") as file:
        file.write(b"x")
        os.fsync(file.fileno())
    after, there = time.time(), path.stat().st_mtime
    return there - min(max(there, before), after)


def _text(number: int) -> str:
    return f"{number:06}" * 500


def _writer(folder: Path, patience: float) -> Mapping[str, Any]:
    """Replaces a file again and again, and appends lines, each synced, before telling of them."""
    replace_text(folder / "value", _text(0))
    _meet(folder, "replacing", 0, patience)
    for number in range(1, PLACES + 1):
        replace_text(folder / "value", _text(number))
    _meet(folder, "replaced", 0, patience)
    with (folder / "segment").open("xb", buffering=0) as segment:
        for number in range(1, ROUNDS + 1):
            segment.write(b"a line that was paid for\n")
            os.fsync(segment.fileno())
            replace_text(folder / "told", f"{number} {time.time()}")
            _meet(folder, f"told-{number}", 0, patience)
    return {}


def _reader(folder: Path, patience: float) -> Mapping[str, Any]:
    """Reads what the writer writes, as it comes."""
    torn = unread = 0
    late = 0.0
    _meet(folder, "replacing", 1, patience)
    last = _text(PLACES)
    end = time.monotonic() + patience
    while (seen := _read(folder / "value")) != last and time.monotonic() < end:
        torn += len(seen) != len(last) or seen != seen[:6] * 500
    _meet(folder, "replaced", 1, patience)
    for number in range(1, ROUNDS + 1):
        while not _read(folder / "told").startswith(f"{number} ") and time.monotonic() < end:
            time.sleep(PAUSE)
        said = float((_read(folder / "told").split() or ["", "inf"])[1])
        late = max(late, time.time() - said)
        unread += _lines(folder / "segment") < number
        _meet(folder, f"told-{number}", 1, patience)
    return {"torn": torn, "unread": unread, "late": late}


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # absent, or gone while it was read
        return ""


def _lines(path: Path) -> int:
    """Lines as a memory map shows them."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return mapped[:].count(b"\n")


if __name__ == "__main__":
    side = int(os.environ["SLURM_PROCID"]) if sys.argv[2] == "slurm" else int(sys.argv[2])
    try:
        play(Path(sys.argv[1]), side, float(sys.argv[3]))
    except (UnseenError, OSError) as error:
        sys.exit(f"{error}")
