"""What this package raises."""

from __future__ import annotations


class EventsError(Exception):
    """A refusal; ``code`` is one of BAD_EVENT, UNKNOWN_TYPE, UNKNOWN_SOURCE, TOO_LARGE, WRITE_FAILED, DAMAGED."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
