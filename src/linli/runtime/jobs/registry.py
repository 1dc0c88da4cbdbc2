"""Which function a job's name stands for, and what such a function is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.module_loading import autodiscover_modules


class Stopped(Exception):
    """Someone asked for this job to stop."""


class Interrupted(Exception):
    """The worker is shutting down; the job will be run again."""


class UnknownJob(Exception):
    """No function is registered by this name."""


class Running(Protocol):
    """The job that is running, as its function sees it."""

    @property
    def id(self) -> int: ...

    @property
    def person(self) -> int | None: ...

    @property
    def home(self) -> int | None: ...

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Tell how far the work is. Raises ``Stopped`` or ``Interrupted`` when it must end: let them pass."""


Work = Callable[..., Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered function and the refusals whose text may be shown to people."""

    work: Work
    refusals: tuple[type[Exception], ...]


_entries: dict[str, Entry] = {}


def job(kind: str, *, refusals: tuple[type[Exception], ...] = ()) -> Callable[[Work], Work]:
    """Register ``work(running, **arguments) -> result`` by name.

    Arguments and result are what JSON can hold. ``refusals`` are exceptions whose sentence is for the person who asked.
    """

    def register(work: Work) -> Work:
        assert kind not in _entries or _entries[kind].work.__qualname__ == work.__qualname__, f"two jobs named {kind}"
        _entries[kind] = Entry(work, refusals)
        return work

    return register


def discover() -> None:
    """Import the module ``jobs`` of every app: this takes seconds, so it waits until somebody asks."""
    autodiscover_modules("jobs")


def find(kind: str) -> Entry:
    """The function by its name.

    Raises
    ------
    UnknownJob
    """
    if kind not in _entries:
        discover()
    try:
        return _entries[kind]
    except KeyError:
        raise UnknownJob(f"{kind}; known: {', '.join(sorted(_entries)) or '—'}") from None
