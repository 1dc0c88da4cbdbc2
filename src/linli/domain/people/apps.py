"""Registration of the room with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "linli.domain.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
