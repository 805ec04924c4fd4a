"""What is asked of the call list, as it stands in its address: parsed, checked, and said again as chips."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics import find_words
from analytics.models import QualityReport
from calls.models import Call, Disposition, Queue, User

LONGEST: Final = 200
_MESSAGES: Final = {
    "no_word": _("There is no word in it: letters or digits are needed."),
    "too_many_words": _("These are too many words; %(most)s at most."),
}


class Side(TextChoices):
    """Whose words are searched."""

    ANYBODY = "", _("Anybody")
    CALLER = find_words.CALLER, _("The caller")
    OURS = find_words.OURS, _("Our side")


@dataclass(frozen=True, slots=True)
class Range:
    """A figure of a call between two bounds, as people write it; `scale` makes it the column's."""

    name: str
    column: str
    title: Promise
    unit: str
    scale: float = 1.0
    most: float = 86_400.0


RANGES: Final = (
    Range("duration", "duration", _("Duration"), "s"),
    Range("wait", "wait_time", _("Waiting"), "s"),
    Range("hold", "hold_time", _("On hold"), "s"),
    Range("dead_air", "dead_air_time", _("Dead air"), "s"),
    Range("silence", "longest_dead_air", _("Longest silence"), "s"),
    Range("talk_share", "agent_talk_share", _("Agent's talk share"), "%", 0.01, 100.0),
    Range("score", "score", _("Score"), "%", 1.0, 100.0),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that is asked; `without` is the list's address without it."""

    text: str
    without: str


class FindForm(forms.Form):
    """Every field may be empty. What is wrong is said beside the field, and stays in it."""

    q = forms.CharField(required=False, max_length=LONGEST)
    phrase = forms.CharField(
        label=_("Exact phrase"), required=False, max_length=LONGEST
    )
    any = forms.CharField(
        label=_("Any of these words"), required=False, max_length=LONGEST
    )
    none = forms.CharField(
        label=_("None of these words"), required=False, max_length=LONGEST
    )
    by = forms.ChoiceField(label=_("Said by"), required=False, choices=Side.choices)
    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("To"), required=False)
    agent = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Agent"),
        required=False,
        empty_label=_("Every agent"),
    )
    queue = forms.ModelChoiceField(
        Queue.objects.none(),
        label=_("Queue"),
        required=False,
        empty_label=_("Every queue"),
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    direction = forms.ChoiceField(label=_("Direction"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    disposition = forms.ModelChoiceField(
        Disposition.objects.none(),
        label=_("Disposition"),
        required=False,
        empty_label=_("Every disposition"),
    )
    conclusion = forms.ChoiceField(label=_("Result in the report"), required=False)
    needs_human = forms.BooleanField(
        label=_("Scores that need a human"), required=False
    )
    contested = forms.BooleanField(label=_("Contested"), required=False)

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.fields["queue"].queryset = Queue.objects.only("name").order_by("name")  # type: ignore[attr-defined]
        self.fields["disposition"].queryset = Disposition.objects.order_by("name")  # type: ignore[attr-defined]
        if user.is_supervisor:
            agents = User.objects.exclude(role=User.Role.INTEGRATOR)
            agents = agents.only("first_name", "last_name", "username")
            self.fields["agent"].queryset = agents.order_by("first_name", "username")  # type: ignore[attr-defined]
        else:
            del self.fields["agent"]
        for name, every, choices in (
            ("status", _("Every status"), Call.Status.choices),
            ("direction", _("Every direction"), Call.Direction.choices),
            ("outcome", _("Every outcome"), Call.Outcome.choices),
            ("conclusion", _("Every result"), QualityReport.Disposition.choices),
        ):
            self.fields[name].choices = [("", every), *choices]  # type: ignore[attr-defined]
        for each in RANGES:
            for end in ("min", "max"):
                self.fields[f"{each.name}_{end}"] = forms.FloatField(
                    required=False, min_value=0, max_value=each.most
                )
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput(
                attrs={"type": "date"}, format="%Y-%m-%d"
            )

    def clean(self) -> dict[str, Any]:
        """With what was asked of the transcripts under "words"."""
        found: dict[str, Any] = super().clean() or {}
        self._in_order("since", "until", gettext("The end is before the beginning."))
        for each in RANGES:
            text = gettext("The upper bound is below the lower one.")
            self._in_order(f"{each.name}_min", f"{each.name}_max", text)
        found["identity"] = identity(found.get("q", ""))
        line = "" if found["identity"] else found.get("q", "")
        try:
            found["words"] = find_words.wanted(
                line,
                phrase=found.get("phrase", ""),
                any_of=found.get("any", ""),
                none_of=found.get("none", ""),
                side=found.get("by", ""),
            )
        except find_words.Unreadable as error:
            most = {"most": find_words.MOST_WORDS}
            self.add_error(self._unreadable(), str(_MESSAGES[str(error)]) % most)
        return found

    def ranges(self) -> Iterator[tuple[Range, forms.BoundField, forms.BoundField]]:
        """The figures with the fields of their bounds."""
        for each in RANGES:
            yield each, self[f"{each.name}_min"], self[f"{each.name}_max"]

    def asked(self) -> dict[str, str]:
        """What is asked, by name, as it stands in the address."""
        return {
            name: value
            for name in self.fields
            if (value := self.data.get(name, "").strip())
        }

    def chips(self) -> list[Chip]:
        """What is asked beside the main line, each with the way to do without it."""
        asked = self.asked()
        found = [
            Chip(text, _without(asked, name))
            for name in asked
            if "_" not in name and name != "q" and (text := self._told(name))
        ]
        for each in RANGES:
            bounds = (f"{each.name}_min", f"{each.name}_max")
            least, most = (asked.get(bound, "") for bound in bounds)
            if least or most:
                text = f"{each.title} {_between(least, most)} {each.unit}"
                found.append(Chip(text, _without(asked, *bounds)))
        if "needs_human" in asked:
            text = gettext("Needs a human")
            found.append(Chip(text, _without(asked, "needs_human")))
        return found

    def _told(self, name: str) -> str:
        field, value = self.fields[name], self.cleaned_data.get(name)
        if value in (None, ""):
            return ""
        if isinstance(field, forms.BooleanField):
            return str(field.label) if value else ""
        if isinstance(field, forms.ModelChoiceField):
            return f"{field.label}: {value}"
        if isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            return f"{field.label}: {dict(choices)[value]}"
        return f"{field.label}: {value}"

    def _in_order(self, first: str, last: str, message: str) -> None:
        least, most = self.cleaned_data.get(first), self.cleaned_data.get(last)
        if least is not None and most is not None and most < least:
            self.add_error(last, message)

    def _unreadable(self) -> str:
        """The first field without a word in it; the line, if it is the number of all words."""
        for name in ("q", "phrase", "any", "none"):
            text = self.cleaned_data.get(name, "")
            if text and not any(map(str.isalnum, text)):
                return name
        return "q"


def identity(line: str) -> str:
    """A telephone number or a call's SID, if that is what the search line holds; else nothing."""
    text = line.strip()
    if len(text) == 34 and text[:2] == "CA" and text.isalnum():
        return text
    digits = text.lstrip("+").replace(" ", "").replace("-", "")
    is_number = digits.isascii() and digits.isdecimal()
    long_enough = len(digits) >= (7 if text.startswith("+") else 10)
    return f"+{digits}" if is_number and long_enough else ""


def _between(least: str, most: str) -> str:
    if least and most:
        return f"{least} – {most}"
    return f"≥ {least}" if least else f"≤ {most}"


def _without(asked: dict[str, str], *names: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: asked[name] for name in asked if name not in names})
    return query.urlencode()
