"""Addresses of the desk."""

from django.urls import path
from django.views.decorators.http import require_GET
from django.views.generic import RedirectView

from linli.faces.components.declared import signed_in
from linli.faces.desk import scenario_urls, unit_urls
from linli.faces.desk.views import (
    cockpit,
    communities,
    figures,
    gallery,
    imports,
    indicators,
    jobs,
    local,
    map,
    places,
    rounds,
    surveys,
)
from linli.faces.desk.views.planning import projects, siting_asking, sitings

app_name = "desk"

_MAP = "map/<int:district>/<int:edition>"

urlpatterns = [
    path("", signed_in(require_GET(RedirectView.as_view(pattern_name="desk:cockpit"))), name="home"),
    path("cockpit/", cockpit.cockpit, name="cockpit"),
    path("districts/<int:district>/", cockpit.choose_district, name="district"),
    path("communities/", communities.index, name="communities"),
    path("communities/<str:code>/", communities.show, name="community"),
    path("communities/<str:code>/sheet/", cockpit.sheet, name="sheet"),
    path("indicators/", indicators.index, name="indicators"),
    path("indicators/<str:indicator>/", indicators.show, name="indicator"),
    path("rounds/", rounds.index, name="rounds"),
    path("rounds/start/", rounds.start, name="round_start"),
    path("rounds/compare/", rounds.compare, name="compare"),
    path("rounds/<int:round>/recompute/", rounds.recompute, name="round_recompute"),
    path("rounds/<int:round>/<str:code>/<str:indicator>/", indicators.finding, name="finding"),
    path("figures/", figures.index, name="figures"),
    path("figures/<str:pack>/<str:indicator>/", figures.show, name="figure"),
    path("figures/<str:pack>/<str:indicator>/<int:figure>/withdraw/", figures.withdraw, name="figure_withdraw"),
    path("communities/<str:code>/local/<str:pack>/", local.show, name="local"),
    path("communities/<str:code>/local/<str:pack>/scene/", local.add_scene, name="local_scene"),
    path("communities/<str:code>/local/<str:pack>/indicator/", local.add_indicator, name="local_indicator"),
    path(
        "communities/<str:code>/local/<str:pack>/scene/<int:number>/withdraw/",
        local.withdraw,
        {"what": "scene"},
        name="local_scene_withdraw",
    ),
    path(
        "communities/<str:code>/local/<str:pack>/indicator/<int:number>/withdraw/",
        local.withdraw,
        {"what": "indicator"},
        name="local_indicator_withdraw",
    ),
    path("surveys/", surveys.index, name="surveys"),
    path("surveys/start/", surveys.start, name="survey_start"),
    path("surveys/<int:survey>/", surveys.show, name="survey"),
    path("surveys/<int:survey>/slip/", surveys.slip, name="survey_slip"),
    path("gallery/", gallery.show, name="gallery"),
    path("imports/", imports.index, name="imports"),
    path("imports/upload/", imports.upload, name="import_upload"),
    path("imports/<int:job>/faults/", imports.faults, name="import_faults"),
    path("imports/<int:job>/copy/", imports.fault_copy, name="import_copy"),
    path("imports/tasks/<int:task>/close/", imports.close_task, name="import_task_close"),
    path("imports/<int:job>/rest/", imports.rest, name="import_rest"),
    path("imports/<int:edition>/withdraw/", imports.withdraw, name="import_withdraw"),
    path("places/<int:place>/", places.show, name="place"),
    path("search/", places.search, name="search"),
    path("jobs/", jobs.index, name="jobs"),
    path("jobs/<int:job>/", jobs.show, name="job"),
    path("jobs/<int:job>/progress/", jobs.progress, name="job_progress"),
    path("jobs/<int:job>/stop/", jobs.stop, name="job_stop"),
    path(f"{_MAP}/tiles/<str:layer>.pmtiles", map.tile_file, name="map_tiles"),
    path(f"{_MAP}/areas.json", map.areas, name="map_areas"),
    path(f"{_MAP}/facilities/<str:kind>.json", map.facilities, name="map_facilities"),
    path("planning/sitings/", sitings.index, name="sitings"),
    path("planning/sitings/ask/", siting_asking.ask, name="siting_ask"),
    path("planning/sitings/sites.json", siting_asking.sites, name="siting_sites"),
    path("planning/sitings/<int:siting>/", sitings.show, name="siting"),
    path("planning/sitings/<int:siting>/progress/", sitings.progress, name="siting_progress"),
    path("planning/sitings/<int:siting>/stop/", sitings.stop, name="siting_stop"),
    path("planning/sitings/<int:siting>/relax/", sitings.relax, name="siting_relax"),
    path("planning/sitings/<int:siting>/propose/", sitings.propose, name="siting_propose"),
    path("planning/sitings/<int:siting>/scenario/", sitings.scenario, name="siting_scenario"),
    path("planning/sitings/<int:siting>/withdraw/", sitings.withdraw, name="siting_withdraw"),
    path("planning/sitings/projects/", projects.index, name="projects"),
    path("planning/sitings/projects/projects.<str:format>", projects.export, name="projects_export"),
    path("planning/sitings/projects/<int:project>/withdraw/", projects.withdraw, name="project_withdraw"),
    path("map/distances/<int:round>/<str:kind>.json", map.distances, name="map_distances"),
    *scenario_urls.urlpatterns,
    *unit_urls.urlpatterns,
]
