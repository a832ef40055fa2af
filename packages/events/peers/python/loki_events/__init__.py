"""The event bus of Loki in Python: emit and read, with the standard library only.

The format is in docs/formats/events.md. Numbering and groups are left to the processes of Loki: this package writes
events for them, and reads what they have numbered.
"""

from .emitter import Emitter
from .errors import EventsError
from .event import (
    EVENT_SOURCES,
    EVENT_TYPES,
    MAX_EVENT_BYTES,
    MAX_PAYLOAD_BYTES,
    Event,
    parse_event,
)
from .reader import NumberedEvent, read_events, read_pending

__all__ = [
    "EVENT_SOURCES",
    "EVENT_TYPES",
    "MAX_EVENT_BYTES",
    "MAX_PAYLOAD_BYTES",
    "Emitter",
    "Event",
    "EventsError",
    "NumberedEvent",
    "parse_event",
    "read_events",
    "read_pending",
]
