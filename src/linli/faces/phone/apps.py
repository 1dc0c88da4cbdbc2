"""Registration with Django: templates."""

from django.apps import AppConfig


class PhoneConfig(AppConfig):
    name = "linli.faces.phone"
    label = "phone"
