"""What may stand in a request: nothing is guessed, and nothing is dropped silently."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any, Final, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from calls.api.errors import TooLarge
from calls.models import normalised

LARGEST: Final = 64 * 1024
_JSON: Final = "application/json"
_NUMBER: Final = re.compile(r"\+?[0-9 ().\-/]{3,40}")
_LARGEST_ID: Final = 2**63 - 1
_NO_NUMBER: Final = gettext_lazy("This is not a telephone number.")


class Json(BaseParser):
    """A bounded body that must be JSON."""

    media_type = _JSON

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  whatever JSON it is
        content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise TooLarge
        try:
            return json.loads(content, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(
                _("The body is not JSON."), code="malformed_json"
            ) from error


def _no_number(name: str) -> None:
    raise ValueError(name)


def check_envelope(request: Request) -> None:
    """JSON of a bounded size, before anything of it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > LARGEST:
        raise TooLarge
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise exceptions.UnsupportedMediaType(request.content_type or "")


class Strict(serializers.Serializer):
    """Refuses what it does not know: a typing error must not become a default."""

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401
        if isinstance(data, Mapping):
            unknown = [str(name)[:60] for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {_shown(name): [_("There is no such field.")] for name in unknown}
                )
        return super().to_internal_value(data)


def _shown(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode() or "(empty)"


def asked(kind: type[Strict], given: object) -> dict[str, Any]:
    """What the request says, checked. Raises ValidationError."""
    form = kind(data=given)
    form.is_valid(raise_exception=True)
    checked: dict[str, Any] = form.validated_data
    return checked


def parameters(kind: type[Strict], request: Request) -> dict[str, Any]:
    """What the address says, checked; each name once."""
    twice = [name for name, all_ in request.query_params.lists() if len(all_) > 1]
    if twice:
        raise serializers.ValidationError(
            {_shown(name[:60]): [_("Only once, please.")] for name in twice}
        )
    return asked(kind, request.query_params.dict())


class Text(serializers.CharField):
    """A string of characters that can be stored, as it is."""

    default_error_messages = {
        "unstorable": gettext_lazy("There are characters in it that are none.")
    }

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("allow_blank"):
            kwargs.setdefault("min_length", 1)
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail("unstorable")
        text: str = super().to_internal_value(data)
        return text


@extend_schema_field({"type": "string", "format": "phone"})
class Number(Text):
    """A telephone number, given on in E.164."""

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401
        text = super().to_internal_value(data).strip(" ")
        if not _NUMBER.fullmatch(text):
            self.refuse()
        if text in settings.CALL_FICTIONAL_PREFIXES:
            # A whole number by itself, which only the played network knows.
            return text
        try:
            return normalised(text, region=settings.DEFAULT_REGION or None)
        except ValueError:
            self.refuse()

    def refuse(self) -> NoReturn:
        raise serializers.ValidationError(_NO_NUMBER, code="invalid_number")


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "minLength": 1, "maxLength": 150},
            {"type": "integer", "minimum": 1, "maximum": _LARGEST_ID},
        ]
    }
)
class Reference(Text):
    """A name, or an id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=150, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:  # noqa: ANN401
        if type(data) is not int:
            return super().run_validation(data)
        if not 1 <= data <= _LARGEST_ID:
            self.fail("invalid")
        return data


class YesOrNo(serializers.BooleanField):
    """true or false, and no word for it."""

    def to_internal_value(self, data: Any) -> bool:  # noqa: ANN401
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:20])
        return bool(data)
