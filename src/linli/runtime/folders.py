"""Where an installation keeps what it makes: ``LINLI_VAR``, else ``var/`` of the checkout, else ``var/`` here."""

import os
import secrets
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
CHECKOUT = SOURCE.parents[1]


class FolderNotOurs(Exception):
    """A folder that must be private to us belongs to someone else or is open to others."""


def var() -> Path:
    """The folder of everything made at run time; it need not exist yet."""
    named = os.environ.get("LINLI_VAR")
    if named:
        return Path(named).absolute()
    root = CHECKOUT if (CHECKOUT / "pyproject.toml").is_file() else Path.cwd()
    return root / "var"


def private(path: Path, *, uid: int, gid: int = -1) -> Path:
    """Make ``path`` with mode 700 for ``uid``, or check that it is so; never mend a folder we did not make."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not path.is_dir() or path.is_symlink() or found.st_uid != uid or found.st_mode & 0o077:
            raise FolderNotOurs(str(path)) from None
        return path
    if uid != os.geteuid():
        os.chown(path, uid, gid, follow_symlinks=False)
    return path


def secret_key() -> str:
    """The signing key: ``LINLI_SECRET_KEY``, else one made once and kept in ``var/secret-key`` with mode 600."""
    named = os.environ.get("LINLI_SECRET_KEY")
    if named:
        return named
    path = var() / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written whole under a name of its own, then linked: two processes at once end with the same key.
        draft = path.with_name(f"secret-key.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
