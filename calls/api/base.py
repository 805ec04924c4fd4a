"""What all doors of the API share: who comes in, in which order things are checked, and doing a thing once."""

from typing import Any, Final

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls.api import errors
from calls.api.authentication import BearerToken, MayUseApi, Session
from calls.api.fields import Json, Strict, asked, check_envelope
from calls.api.throttles import PerMinute
from calls.models import User
from calls.services import idempotency
from calls.services.refusals import Refused

# Whether it was done is not known: the same key is not a reason to try again.
_DOUBTFUL: Final = ("outcome_unknown",)


class AlwaysJson(BaseContentNegotiation):
    """There is nothing else to negotiate about."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:  # noqa: ANN401
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: list[Any], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Door(APIView):
    """A view of the API; `rate` says of which kind its requests are counted."""

    rate = "read"
    # Whether agents may come in too, to what is theirs.
    for_agents = False
    http_method_names = ["get", "post"]
    authentication_classes = [BearerToken, Session]
    permission_classes = [MayUseApi]
    throttle_classes = [PerMinute]
    parser_classes = [Json]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson

    def get_exception_handler(self) -> Any:  # noqa: ANN401  DRF's own signature
        return errors.handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and hasattr(self, "post"):
            check_envelope(request)

    @property
    def user(self) -> User:
        """Who asks; the permission has seen to it that it is somebody."""
        assert isinstance(self.request.user, User)  # noqa: S101  an error of ours
        return self.request.user


class CostsMoney(Door):
    """A request that is acted upon once for each Idempotency-Key."""

    asks: type[Strict]

    def act(self, asked: dict[str, Any], key: str | None) -> dict[str, Any]:
        """Do it; the answer's body."""
        raise NotImplementedError

    def once(self, request: Request) -> Response:
        """Check, look whether it was here before, act, keep the answer."""
        wish = asked(self.asks, request.data)
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return Response(self.act(wish, None))
        found = idempotency.begin(
            user=self.user, path=request.path, key=key, body=request.data
        )
        if isinstance(found, idempotency.Answer):
            return Response(
                found.body,
                status=found.status,
                headers={"Idempotency-Replayed": "true"},
            )
        try:
            answer = self.act(wish, key)
        except Refused as refusal:
            if refusal.code not in _DOUBTFUL:
                idempotency.give_up(claim=found)
                raise
            refused = errors.refused(refusal)
            idempotency.finish(
                claim=found, status=refused.status_code, body=refused.data
            )
            return refused
        idempotency.finish(claim=found, status=200, body=answer)
        return Response(answer)
