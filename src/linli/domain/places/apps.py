"""Registration of the room with Django."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "linli.domain.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"
