"""Addresses of exports and printed pages."""

from django.urls import path

from linli.faces.paper import planning_views, views

app_name = "paper"

urlpatterns = [
    path("rounds/<int:round>/", views.district, name="district"),
    path("rounds/<int:round>/<str:kind>/start/", views.start, name="start"),
    path("rounds/<int:round>/communities/<str:code>.pdf", views.community_report, name="community_report"),
    path("survey/<str:code>.pdf", views.survey_form, name="survey_form"),
    path("survey/<str:code>/slips/<int:campaign>.pdf", views.slips, name="slips"),
    path("scenarios/<int:scenario>/<str:format>/start/", planning_views.scenario, name="scenario"),
    path("sitings/<int:siting>/<str:format>/start/", planning_views.siting, name="siting"),
    path("units/<int:study>/<str:format>/start/", planning_views.unit_study, name="unit_study"),
    path("units/proposals/<int:proposal>/<str:format>/start/", planning_views.unit_proposal, name="unit_proposal"),
    path("results/<int:job>/", views.result, name="result"),
]
