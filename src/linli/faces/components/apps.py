"""Registration with Django: templates and template tags."""

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "linli.faces.components"
    label = "components"
