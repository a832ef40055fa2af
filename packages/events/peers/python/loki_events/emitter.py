"""Writing events, in the order in which they are emitted."""

from __future__ import annotations

import os
import secrets
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Mapping

from .errors import EventsError
from .event import check_source, check_type, payload_text


def _now() -> datetime:
    return datetime.now(timezone.utc)


class Emitter:
    """Writes events into the folder of a bus: ``LOKI_EVENTS_DIR``, else ``.loki/events``.

    Takes no lock on disk and waits for nobody; safe in threads. After a fork the child is an emitter of its own.
    ``durable``: an event survives power loss once ``emit`` returned.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        durable: bool = False,
        now: Callable[[], datetime] = _now,
    ) -> None:
        named = os.environ.get("LOKI_EVENTS_DIR", "").strip() if folder is None else folder
        self._root = Path(named or ".loki/events").absolute()
        self._durable = durable
        self._now = now
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._instance = secrets.token_hex(8)
        self._count = 0

    def emit(self, type: str, source: str, payload: Mapping[str, Any] | None = None) -> str:  # noqa: A002
        """Writes one event and gives its id; raises EventsError where it is refused or was not written."""
        check_type(type)
        check_source(source)
        data = payload_text({} if payload is None else payload)
        with self._lock:
            if self._pid != os.getpid():
                self._begin()
            identity = f"{self._instance}-{self._count + 1:012d}"
            moment = self._now().astimezone(timezone.utc)
            timestamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}Z"
            text = (
                f'{{"id":"{identity}","type":"{type}","source":"{source}","timestamp":"{timestamp}",'
                f'"payload":{data},"version":"1.0"}}\n'
            )
            try:
                self._write(identity, f"{timestamp.replace(':', '-')}_{identity}.json", text.encode("utf-8"))
            except OSError as error:
                raise EventsError("WRITE_FAILED", f"the event was not written to {self._root}: {error}") from error
            self._count += 1
        return identity

    def _write(self, identity: str, name: str, data: bytes) -> None:
        pending, temporary = self._root / "pending", self._root / "tmp"
        for folder in (temporary, pending):
            _make(folder)
        path = temporary / f"event-{identity}"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if self._durable:
                    os.fsync(file.fileno())
            os.rename(path, pending / name)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        if self._durable:
            descriptor = os.open(pending, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _make(folder: Path) -> None:
    """Makes a folder, and those above it, that only its owner may enter."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
