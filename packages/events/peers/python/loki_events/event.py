"""One event, and the rules that every language checks alike."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Mapping, NoReturn

from .errors import EventsError

EVENT_TYPES = ("state", "memory", "task", "metric", "error", "session", "command", "user")
EVENT_SOURCES = ("cli", "api", "vscode", "mcp", "skill", "hook", "dashboard", "memory", "runner")
MAX_PAYLOAD_BYTES = 256 * 1024
MAX_EVENT_BYTES = MAX_PAYLOAD_BYTES + 16 * 1024

# An id is part of a file name and ends at the last "_", so it holds neither "_", dot nor slash.
_ID = re.compile(r"[A-Za-z0-9-]{1,128}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True)
class Event:
    """One event as it is on disk."""

    id: str
    type: str
    source: str
    timestamp: str
    payload: Mapping[str, Any]
    version: str = "1.0"


def check_type(word: object) -> None:
    """Raises UNKNOWN_TYPE for a word that is no type."""
    if word not in EVENT_TYPES:
        raise EventsError("UNKNOWN_TYPE", f"unknown type {_quote(word)}; use one of {', '.join(EVENT_TYPES)}")


def check_source(word: object) -> None:
    """Raises UNKNOWN_SOURCE for a word that is no source."""
    if word not in EVENT_SOURCES:
        raise EventsError("UNKNOWN_SOURCE", f"unknown source {_quote(word)}; use one of {', '.join(EVENT_SOURCES)}")


def payload_text(payload: object) -> str:
    """A payload as JSON; raises BAD_EVENT or TOO_LARGE."""
    if not isinstance(payload, Mapping):
        raise EventsError("BAD_EVENT", f"payload must be a JSON object, got {type(payload).__name__}")
    try:
        # NaN and Infinity are no JSON, and an unpaired surrogate is no text.
        text = json.dumps(dict(payload), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError, RecursionError) as error:
        raise EventsError("BAD_EVENT", f"payload cannot be written as JSON: {error}") from error
    if size > MAX_PAYLOAD_BYTES:
        raise EventsError("TOO_LARGE", f"payload is {size} bytes; at most {MAX_PAYLOAD_BYTES} fit")
    return text


def parse_event(text: str, file_name: str) -> Event:
    """The event in the text of a file; raises EventsError for what breaks a rule of the format."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise EventsError("BAD_EVENT", f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise EventsError("BAD_EVENT", "expected a JSON object")
    identity, timestamp, payload = value.get("id"), value.get("timestamp"), value.get("payload")
    if not isinstance(identity, str) or _ID.fullmatch(identity) is None:
        raise EventsError("BAD_EVENT", f"id must be 1 to 128 letters, digits or dashes, got {_quote(identity)}")
    if not file_name.endswith(f"_{identity}.json"):
        raise EventsError("BAD_EVENT", f"the file name must end in _{identity}.json")
    check_type(value.get("type"))
    check_source(value.get("source"))
    if not isinstance(timestamp, str) or _TIMESTAMP.fullmatch(timestamp) is None:
        raise EventsError("BAD_EVENT", f"timestamp must be ISO 8601 with a zone, got {_quote(timestamp)}")
    if not isinstance(payload, dict):
        raise EventsError("BAD_EVENT", "payload must be a JSON object")
    if value.get("version") != "1.0":
        raise EventsError("BAD_EVENT", f'version must be "1.0", got {_quote(value.get("version"))}')
    return Event(identity, value["type"], value["source"], timestamp, payload)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _quote(value: object) -> str:
    return json.dumps(value[:64]) if isinstance(value, str) else type(value).__name__
