"""All addresses of the product."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from callcenter import metrics, views

handler404 = "callcenter.views.not_found"
handler500 = "callcenter.views.server_error"

urlpatterns = [
    path("", include("copilot.urls")),
    path("", include("calls.urls")),
    path("", include("analytics.urls")),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
