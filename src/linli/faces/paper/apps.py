"""Registration with Django: templates and jobs."""

from django.apps import AppConfig


class PaperConfig(AppConfig):
    name = "linli.faces.paper"
    label = "paper"
