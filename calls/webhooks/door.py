"""What all of Twilio's doors share."""

import logging
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calls.models import Call
from calls.services import lifecycle
from vendors.twilio.signature import is_genuine

logger = logging.getLogger(__name__)

Form = dict[str, str]


def from_twilio(
    view: Callable[[Form], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let only requests with Twilio's signature in.

    The view gets the form's fields, and what we wrote into the address, signed as well.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def door(request: HttpRequest) -> HttpResponse:
        genuine = is_genuine(
            token=settings.TWILIO_AUTH_TOKEN,
            url=f"{settings.PUBLIC_BASE_URL}{request.get_full_path()}",
            params=request.POST,
            signature=request.headers.get("X-Twilio-Signature"),
        )
        if not genuine:
            logger.warning("unsigned request to %s refused", request.path)
            return HttpResponse(status=403)
        fields = request.GET.dict() | request.POST.dict()
        # NUL is not storable as text in PostgreSQL.
        return view({k: str(v).replace("\0", "") for k, v in fields.items()})

    return door


def keep(kind: str, form: Form, call: Call | None, *fields: str) -> bool:
    """Store the message under the fields that make it this one; False if it was here before."""
    return lifecycle.store_webhook(
        kind=kind, key=key_of(form, *fields), payload=form, call=call
    )


def key_of(form: Form, *fields: str) -> str:
    """What makes this message this one."""
    return ":".join(str(form.get(field)) for field in fields)[:160]


def document(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/xml; charset=utf-8")
