"""The API's addresses, fixed and at the root; two more are in analytics, which knows what they tell."""

from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from calls.api import schema, views
from calls.webhooks import status

_read_status = views.CallStatusView.as_view()


@csrf_exempt
def call_status(request: HttpRequest) -> HttpResponseBase:
    """One address with two doors: what is posted comes from Twilio, all else is asked of the API."""
    if request.method == "POST":
        return status.call_status(request)
    answer: HttpResponseBase = _read_status(request)
    if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer["Allow"] = "GET, POST"
    return answer


# Read when the document is made: the API's half of the address.
call_status.cls = views.CallStatusView  # type: ignore[attr-defined]
call_status.initkwargs = {}  # type: ignore[attr-defined]

urlpatterns = [
    path("start-call", views.StartCallView.as_view(), name="start-call"),
    path("end-call", views.EndCallView.as_view(), name="end-call"),
    path("take-over", views.TakeOverView.as_view(), name="take-over"),
    path("hand-back", views.HandBackView.as_view(), name="hand-back"),
    path("call-status", call_status, name="call-status"),
    path("send-whatsapp", views.SendWhatsAppView.as_view(), name="send-whatsapp"),
    path("api/schema", schema.schema, name="api-schema"),
    path("api/docs", schema.page, name="api-docs"),
]
