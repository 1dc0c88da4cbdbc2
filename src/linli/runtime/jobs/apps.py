"""Registration with Django; finds the functions in the module ``jobs`` of every app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "linli.runtime.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("jobs")
        from linli.runtime.jobs import worker  # noqa: F401 - names its task to the queue
