"""The interface's root and its description."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET
from ninja import NinjaAPI

from linli.faces.api import checkups, features
from linli.faces.components.declared import signed_in

api = NinjaAPI(
    title="邻里 Linli",
    version="1",
    description="Districts, standards, check-ups and layers. Lengths in meters, areas in square meters, WGS 84.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
api.add_router("", checkups.router)
api.add_router("/ogc", features.router)


@require_GET
@signed_in
def description(request: HttpRequest) -> JsonResponse:
    """The OpenAPI description, for whoever is signed in."""
    return JsonResponse(api.get_openapi_schema(), json_dumps_params={"ensure_ascii": False})


urlpatterns = [path("openapi.json", description, name="openapi"), path("", api.urls)]
