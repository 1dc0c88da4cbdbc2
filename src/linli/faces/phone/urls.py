"""Addresses of the phone forms."""

from django.urls import path

from linli.faces.phone import views

app_name = "phone"

urlpatterns = [
    path("survey/<str:code>/", views.survey, name="survey"),
    path("survey/<str:code>/<str:key>/", views.section, name="section"),
    path("evidence/<int:evidence>/", views.evidence, name="evidence"),
    path("s/<str:token>/", views.satisfaction, name="satisfaction"),
]
