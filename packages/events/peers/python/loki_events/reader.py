"""Reading events: what was numbered, in order, and what is pending."""

from __future__ import annotations

import json
import os
import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from .errors import EventsError
from .event import MAX_EVENT_BYTES, Event, parse_event

_SEGMENT = re.compile(r"(\d{14})\.jsonl", re.ASCII)
_FLOOR = re.compile(r"\d{14}", re.ASCII)
_HEAD = re.compile(rb'\{"seq":(\d{1,15}),"name":("(?:[^"\\]|\\.)*"),"event":')
_TAIL = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')


@dataclass(frozen=True)
class NumberedEvent:
    """A line of the log. ``event`` is None where its checksum does not hold."""

    seq: int
    event: Event | None


def read_events(folder: str | os.PathLike[str], from_seq: int = 1) -> Iterator[NumberedEvent]:
    """Every numbered event from a number on. Missing numbers were removed: they show as a gap."""
    log = Path(folder) / "log"
    floor = max((int(name) for name in _names(log / "floor") if _FLOOR.fullmatch(name)), default=1)
    firsts = sorted(int(match[1]) for match in map(_SEGMENT.fullmatch, _names(log)) if match)
    # Below the floor lies what is being removed.
    firsts = [first for first in firsts if first >= floor]
    for first, following in zip(firsts, [*firsts[1:], None]):
        if following is not None and following <= from_seq:
            continue
        try:
            data = (log / f"{first:014d}.jsonl").read_bytes()
        except FileNotFoundError:
            continue  # removed since
        for seq, line in enumerate(data.removesuffix(b"\n").split(b"\n"), first):
            if seq >= from_seq:
                yield NumberedEvent(seq, _decode(line, seq))


def read_pending(folder: str | os.PathLike[str]) -> Iterator[Event]:
    """The whole events that have no number yet, by file name. Files that are no events are left out."""
    pending = Path(folder) / "pending"
    for name in sorted(_names(pending)):
        if name.endswith(".json") and not name.startswith("."):
            event = _pending_event(pending / name)
            if event is not None:
                yield event


def _pending_event(path: Path) -> Event | None:
    try:
        # Neither a link out of the folder is followed, nor a pipe waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_EVENT_BYTES:
            return None
        data = file.read(MAX_EVENT_BYTES + 1)
    try:
        return parse_event(data.decode("utf-8"), path.name)
    except (EventsError, UnicodeDecodeError):
        return None


def _decode(line: bytes, seq: int) -> Event | None:
    head, tail = _HEAD.match(line), _TAIL.search(line)
    if head is None or tail is None or int(head[1]) != seq:
        return None
    if f"{zlib.crc32(line[: tail.start()]):08x}" != tail[1].decode():
        return None
    try:
        return parse_event(line[head.end() : tail.start()].decode("utf-8"), json.loads(head[2]))
    except (EventsError, UnicodeDecodeError):
        return None


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
