"""Registration of the room with Django."""

from django.apps import AppConfig


class CheckupConfig(AppConfig):
    name = "linli.domain.checkup"
    label = "checkup"
    default_auto_field = "django.db.models.BigAutoField"
