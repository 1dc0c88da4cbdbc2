"""Registration with Django, and the check that refuses the start when an endpoint does not say who may call it."""

from typing import Any

from django.apps import AppConfig
from django.core import checks

from linli.faces.components.declared import undeclared


class AccessConfig(AppConfig):
    name = "linli.faces.access"
    label = "access"

    def ready(self) -> None:
        checks.register(endpoints_are_declared, checks.Tags.urls)


def endpoints_are_declared(**_: Any) -> list[checks.CheckMessage]:
    """An error for each endpoint without a declaration."""
    return [
        checks.Error(
            f"The endpoint {route} does not declare who may call it.",
            hint="Put @declares(…), @signed_in or @open_to_everyone of linli.faces.components.declared on its view.",
            id="access.E001",
        )
        for route in undeclared()
    ]
