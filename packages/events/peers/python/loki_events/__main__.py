"""``python3 -m loki_events emit TYPE SOURCE [PAYLOAD]`` and ``python3 -m loki_events read [FROM]``."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict

from . import Emitter, EventsError, read_events

_USAGE = "usage: python3 -m loki_events emit TYPE SOURCE [PAYLOAD] | read [FROM]"


def main(arguments: list[str]) -> int:
    """Ends with 2 where the call is wrong, with 1 where it could not be done."""
    if arguments[:1] == ["emit"] and len(arguments) in (3, 4):
        return _emit(*arguments[1:])
    if arguments[:1] == ["read"] and len(arguments) <= 2:
        return _read(*arguments[1:])
    print(_USAGE, file=sys.stderr)
    return 2


def _emit(type: str, source: str, payload: str = "{}") -> int:  # noqa: A002
    try:
        print(Emitter().emit(type, source, json.loads(payload)))
        return 0
    except EventsError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1 if error.code == "WRITE_FAILED" else 2
    except ValueError as error:
        print(f"BAD_EVENT: payload is not JSON: {error}", file=sys.stderr)
        return 2


def _read(first: str = "1") -> int:
    if not first.isascii() or not first.isdigit():
        print(_USAGE, file=sys.stderr)
        return 2
    folder = os.environ.get("LOKI_EVENTS_DIR", "").strip() or ".loki/events"
    for numbered in read_events(folder, int(first)):
        event = None if numbered.event is None else asdict(numbered.event)
        print(json.dumps({"seq": numbered.seq, "event": event}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
