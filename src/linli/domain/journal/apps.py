"""Registration of the room with Django."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "linli.domain.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
