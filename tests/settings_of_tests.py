"""The product's settings, on a server and folder of the tests' own."""

import os
from pathlib import Path

os.environ.setdefault("LINLI_VAR", str(Path(__file__).resolve().parents[1] / "var" / "test"))
os.environ.setdefault("LINLI_SECRET_KEY", "only-for-tests")
# Playwright's event loop stays in the thread in which tests use the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from linli.settings import *  # noqa: F403

# Made by the first start elsewhere; its absence is a warning, and warnings are errors here.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [*INSTALLED_APPS, "work_of_tests"]  # noqa: F405
