"""The desk's addresses."""

from django.urls import path

from copilot import views

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk_page, name="desk"),
]
