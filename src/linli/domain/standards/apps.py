"""Registration of the room with Django."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "linli.domain.standards"
    label = "standards"
    default_auto_field = "django.db.models.BigAutoField"
