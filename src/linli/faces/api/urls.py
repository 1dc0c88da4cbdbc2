"""The interface's root and its description."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import ValidationError

from linli.faces.api import checkups, features, planning
from linli.faces.components.declared import signed_in

api = NinjaAPI(
    title="邻里 Linli",
    version="1",
    description=(
        "Districts, standards, check-ups and layers. Lengths in meters, areas in square meters, WGS 84. Programs send"
        " an access key as the password of HTTP Basic, to read, or as a Bearer token."
    ),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    openapi_extra={
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            }
        },
        "security": [{"basic": []}, {"bearer": []}, {"session": []}],
    },
)
root = Router()


@root.get("/openapi.json", include_in_schema=False, url_name="openapi")
@signed_in
def description(request: HttpRequest) -> HttpResponse:
    """The OpenAPI description, for whoever is signed in or has a key."""
    schema: dict[str, Any] = api.get_openapi_schema()
    for operations in schema["paths"].values():
        operations.pop("head", None)
    kind = "application/vnd.oai.openapi+json;version=3.0"
    return JsonResponse(schema, json_dumps_params={"ensure_ascii": False}, content_type=kind)


@api.exception_handler(ValidationError)
def wrong_values(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name the parameters that cannot be read, as OGC API asks with 400."""
    names = [".".join(map(str, one["loc"][1:])) or str(one["loc"][0]) for one in error.errors]
    told = _("、").join(dict.fromkeys(names))
    return JsonResponse({"detail": _("参数不对:%(names)s。请对照接口说明。") % {"names": told}}, status=400)


def _answer_head(router: Router) -> None:
    """Whatever can be got can be asked about."""
    for view in router.path_operations.values():
        for operation in view.operations:
            if "GET" in operation.methods:
                operation.methods.append("HEAD")


for prefix, router in (("", root), ("", checkups.router), ("", planning.router), ("/ogc", features.router)):
    _answer_head(router)
    api.add_router(prefix, router)

urlpatterns = [path("", api.urls)]
