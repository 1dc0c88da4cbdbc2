"""Scripts, styles and pictures under names that carry their content, so that browsers keep them for good."""

import fcntl
import hashlib
import io
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Hashed names where the files have been collected; plain names before that, as in tests."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        return str(self.hashed_files.get(self.hash_key(name), name))


def collect() -> None:
    """Bring the served files up to date; quick when nothing has changed."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    mark = root / ".collected"
    state = _state()
    # Two starts at once would write over each other.
    with (root.parent / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != state:
            call_command("collectstatic", interactive=False, verbosity=0, stdout=io.StringIO())
            mark.write_text(state)


def _state() -> str:
    """A digest of names, sizes and times of all sources."""
    mark = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            mark.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return mark.hexdigest()
