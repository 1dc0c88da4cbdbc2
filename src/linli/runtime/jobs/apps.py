"""Registration with Django."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "linli.runtime.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.runtime.jobs import worker  # noqa: F401 - names its task to the queue
