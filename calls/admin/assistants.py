"""Assistants: one page says what an assistant is told; each save with a change is its next version."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field, Max, Model, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminTextareaWidget,
)

from calls.admin.changes import compared
from calls.admin.history import link
from calls.languages import SPOKEN
from calls.models import Assistant, AssistantVersion, MessageTemplate, Queue
from calls.roles import signed_in
from calls.services import assistants

# What a version says, in the order of the page.
_TOLD: Final = (
    *("greeting", "instructions", "human_when"),
    *("language", "languages", "voice", "model"),
    *("tools", "queues", "templates"),
    *("mode", "veto_seconds", "holding_line", "silence_seconds", "goodbye"),
)
_MANY: Final = frozenset({"languages", "tools", "queues", "templates"})
_SHOWN_VERSIONS: Final = 20
# How many lines of a long text are seen at once.
_ROWS: Final = {"greeting": 3, "instructions": 16, "human_when": 4, "goodbye": 3}
_Tool = AssistantVersion.Tool
_DOES: Final = {
    _Tool.LOOK_UP_CUSTOMER: _(
        "It learns name, notes and last calls of who is calling."
    ),
    _Tool.SEND_WHATSAPP: _("To the caller, one of the templates chosen below."),
    _Tool.SET_CALLBACK: _("It shows in the inbox; somebody of yours calls back."),
    _Tool.TRANSFER_TO_QUEUE: _("The caller waits in one of the queues chosen below."),
    _Tool.END_CALL: _("It hangs up after its goodbye, when nothing is left to do."),
}


class Ids(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # in its stubs only
    """Rows that are chosen, as their ids."""

    def clean(self, value: Any) -> list[int]:  # type: ignore[override]  # noqa: ANN401
        return sorted(row.pk for row in super().clean(value))


def _field(name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", AssistantVersion._meta.get_field(name))


def _tools() -> list[tuple[str, SafeString]]:
    return [
        # The widget cuts a label off at its first line.
        (
            tool.value,
            format_html(
                '<span class="whitespace-normal"><b>{}</b>: {}</span>',
                tool.label,
                _DOES[tool],
            ),
        )
        for tool in _Tool
    ]


class AssistantForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """An assistant, and what it is told from now on."""

    tools = forms.MultipleChoiceField(
        choices=_tools,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    languages = forms.MultipleChoiceField(
        choices=SPOKEN, required=False, widget=UnfoldAdminSelect2MultipleWidget
    )
    queues = Ids(
        queryset=Queue.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
    )
    templates = Ids(
        queryset=MessageTemplate.objects.filter(active=True),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _MANY & self.fields.keys():
            field = _field(name)
            self.fields[name].label = str(field.verbose_name).capitalize()
            self.fields[name].help_text = field.help_text
        current = self.instance.current if self.instance.pk else None
        if current is not None:
            self.initial = {
                **{name: getattr(current, name) for name in _TOLD},
                **self.initial,
            }

    def clean(self) -> dict[str, Any]:
        """What it is told makes sense as a whole."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        told = {name: cleaned[name] for name in _TOLD if name in cleaned}
        version = AssistantVersion(**told)
        wrong = [name for name in _TOLD if name not in cleaned]
        try:
            version.full_clean(exclude=["assistant", "number", *wrong])
        except ValidationError as error:
            for name, faults in error.error_dict.items():
                self.add_error(name if name in self.fields else None, faults)
        return cleaned | {name: getattr(version, name) for name in told}

    @property
    def told(self) -> dict[str, Any]:
        """The fields of a version."""
        return {name: self.cleaned_data[name] for name in _TOLD}


@admin.register(Assistant)
class AssistantAdmin(ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """AI voices. What they were told before stays, since calls refer to it; so none is deleted."""

    form = AssistantForm
    list_display = ("name", "active", "newest", "changed", "try_it")
    list_filter = ("active",)
    search_fields = ("name",)
    readonly_fields = ("try_it", "history")
    fieldsets = (
        (None, {"fields": ("name", "active", "try_it")}),
        (_("What it is told"), {"fields": _TOLD[:3]}),
        (_("How it sounds"), {"fields": _TOLD[3:7]}),
        (_("What it may do"), {"fields": _TOLD[7:10]}),
        (_("How it speaks"), {"fields": _TOLD[10:]}),
        (_("Versions"), {"fields": ("history",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assistant]:
        """With number and time of the newest version, in the same query."""
        found: QuerySet[Assistant] = super().get_queryset(request)
        return found.annotate(
            newest_number=Max("versions__number"),
            changed_at=Max("versions__created_at"),
        )

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  Django's own signature
        **kwargs: Any,
    ) -> Any:  # noqa: ANN401  likewise
        """With the fields of a version, in this admin's own style."""
        fields = {
            name: self._styled(name, request) for name in _TOLD if name not in _MANY
        }
        kwargs["form"] = type("AssistantForm", (self.form,), fields)
        return super().get_form(request, obj, change=change, **kwargs)

    def _styled(self, name: str, request: HttpRequest) -> forms.Field | None:
        field: forms.Field | None = self.formfield_for_dbfield(_field(name), request)
        if field is not None and name in _ROWS:
            field.widget = UnfoldAdminTextareaWidget(attrs={"rows": _ROWS[name]})
        return field

    def get_fieldsets(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[Any, ...]:
        """Who only looks sees the versions; who adds has none yet."""
        first, *told, versions = self.fieldsets
        if obj is None:
            return ((None, {"fields": ("name", "active")}), *told)
        if not self.has_change_permission(request, obj):
            return (first, versions)
        return self.fieldsets

    def save_model(
        self,
        request: HttpRequest,
        obj: Assistant,
        form: AssistantForm,
        change: bool,  # noqa: FBT001  Django's own signature
    ) -> None:
        super().save_model(request, obj, form, change)
        assistants.store_version(assistant=obj, by=signed_in(request), told=form.told)

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    @admin.display(description=_("version"), ordering="newest_number")
    def newest(self, assistant: Any) -> str:  # noqa: ANN401  it carries an annotation
        return str(assistant.newest_number or "–")

    @admin.display(description=_("changed"), ordering="changed_at")
    def changed(self, assistant: Any) -> Any:  # noqa: ANN401  likewise
        return assistant.changed_at

    @admin.display(description=_("trial"))
    def try_it(self, assistant: Assistant) -> str:
        """The way to the page on which one talks to it without a telephone."""
        try:
            address = reverse("assistant-try", args=[assistant.pk])
        except NoReverseMatch:
            return "–"
        return link(address, _("Try it"))

    @admin.display(description=_("versions"))
    def history(self, assistant: Assistant) -> SafeString:
        """Each version: when, by whom, and what became different."""
        stored = assistant.versions.select_related("created_by").order_by("-number")
        versions = list(stored[: _SHOWN_VERSIONS + 1])
        rows = ((_headline(new), _changes(old, new)) for new, old in pairwise(versions))
        first = versions[-1:] if len(versions) <= _SHOWN_VERSIONS else []
        texts = [*rows, *((_headline(one), "") for one in first)]
        return format_html_join(
            "", "<details open><summary>{}</summary>{}</details>", texts
        )


def _headline(version: AssistantVersion) -> str:
    when = date_format(localtime(version.created_at), "DATETIME_FORMAT")
    text = (
        gettext("Version %(number)d, %(when)s")
        if version.created_by is None
        else gettext("Version %(number)d, %(when)s, by %(who)s")
    )
    return text % {"number": version.number, "when": when, "who": version.created_by}


def _changes(old: AssistantVersion, new: AssistantVersion) -> SafeString:
    """What is different, field by field."""
    return format_html_join("", "<p><b>{}</b>: {}</p>", _different(old, new))


def _different(
    old: AssistantVersion, new: AssistantVersion
) -> Iterator[tuple[str, SafeString]]:
    for name in _TOLD:
        before, after = (_as_text(one, name) for one in (old, new))
        if before != after:
            yield str(_field(name).verbose_name), compared(before, after)


def _as_text(version: AssistantVersion, name: str) -> str:
    value = getattr(version, name)
    if name in ("queues", "templates"):
        model: type[Model] = Queue if name == "queues" else MessageTemplate
        found = {
            row.pk: str(row) for row in model._default_manager.filter(pk__in=value)
        }
        return ", ".join(found.get(key, f"#{key}") for key in value)
    if name == "tools":
        return ", ".join(str(_Tool(tool).label) for tool in value)
    return ", ".join(value) if isinstance(value, list) else str(value or "–")
