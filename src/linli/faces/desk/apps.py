"""Registration with Django: templates and jobs."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "linli.faces.desk"
    label = "desk"
