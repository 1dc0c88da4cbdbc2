"""The worker process: ``python -m linli.runtime.jobs``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
django.setup()

from linli.runtime.jobs import worker  # noqa: E402 - models need the registry

worker.work_until_told()
