"""Addresses: each face brings its own."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from linli.faces.components.declared import open_to_everyone

_FACES = (
    ("", "linli.faces.access.urls"),
    ("", "linli.faces.desk.urls"),
    ("phone/", "linli.faces.phone.urls"),
    ("paper/", "linli.faces.paper.urls"),
    ("api/", "linli.faces.api.urls"),
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", open_to_everyone(require_POST(set_language)), name="set_language"),
    *(
        path(prefix, include(module))
        for prefix, module in _FACES
        if find_spec(module.rpartition(".")[0]) and find_spec(module)
    ),
]
