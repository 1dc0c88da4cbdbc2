"""Addresses: each face brings its own."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from linli.faces.components.declared import open_to_everyone

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", open_to_everyone(require_POST(set_language)), name="set_language"),
    path("", include("linli.faces.access.urls")),
    path("", include("linli.faces.desk.urls")),
    path("phone/", include("linli.faces.phone.urls")),
    path("paper/", include("linli.faces.paper.urls")),
    path("api/", include("linli.faces.api.urls")),
]
