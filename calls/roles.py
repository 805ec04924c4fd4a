"""What each role may do; permissions follow from the role, so no rows need to be kept in step."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from calls.models import User

AnyUser = User | AnonymousUser

_SEES = {
    "calls.view_call",
    "calls.view_recording",
    "calls.view_utterance",
    "analytics.view_measures",
    "analytics.view_qualityreport",
}
# The integrator's API: call and write to anybody, see and end every call.
_USES_API = "calls.use_api"
_EDITS_ROUTING = {
    f"calls.{verb}_{model}"
    for model in (
        "assistant",
        "line",
        "queue",
        "queuemember",
        "openinghours",
        "openingtime",
        "holiday",
        "disposition",
    )
    for verb in ("view", "add", "change", "delete")
}
_EDITS_SCORECARDS = {
    f"analytics.{verb}_{model}"
    for model in ("scorecard", "scorecardversion", "section", "question", "option")
    for verb in ("view", "add", "change", "delete")
}
_READS_ROUTING = {
    "calls.view_offer",
    "calls.view_presencespan",
    "calls.view_transfer",
    "calls.view_dial",
    "calls.view_voicemail",
    "calls.view_callbackrequest",
}
# What no role has: card numbers and the like as they were said. Whoever supervises or
# judges calls can do so without them, and the fewer people see them the better; who needs
# them is given the permission in person, by a superuser. Supervisors see who looked.
GIVEN_IN_PERSON = ("analytics.view_original",)
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    User.Role.AGENT: frozenset({"calls.use_desk", *_SEES}),
    User.Role.SUPERVISOR: frozenset(
        {
            "calls.use_desk",
            _USES_API,
            *_SEES,
            "calls.view_leg",
            "calls.view_callevent",
            "calls.view_webhookdelivery",
            "calls.view_user",
            "calls.add_user",
            "calls.change_user",
            *_EDITS_ROUTING,
            *_READS_ROUTING,
            "calls.view_customer",
            "calls.change_customer",
            "calls.view_message",
            "calls.view_messagetemplate",
            "calls.add_messagetemplate",
            "calls.change_messagetemplate",
            "calls.view_apitoken",
            "calls.add_apitoken",
            "calls.change_apitoken",
            "copilot.view_suggestion",
            *_EDITS_SCORECARDS,
            # Corrects answers and answers objections, on the call's page.
            "analytics.change_qualityreport",
            "analytics.view_contest",
            "analytics.view_dailyfigures",
            "analytics.view_step",
            "analytics.change_step",
            "analytics.view_originallook",
        }
    ),
    User.Role.INTEGRATOR: frozenset({_USES_API}),
}


def signed_in(request: HttpRequest) -> User:
    """Who asks; for doors that only people who are logged in get through."""
    assert isinstance(request.user, User)  # noqa: S101  an error of ours, not of theirs
    return request.user


def _granted(user: AnyUser, obj: Model | None) -> frozenset[str]:
    """By the role: to do it at all, and not to one row."""
    if obj is not None or not user.is_active or user.is_anonymous:
        return frozenset()
    return ROLE_PERMISSIONS.get(user.role, frozenset())


class RoleBackend(ModelBackend):
    """Django's own backend, with the role's permissions added."""

    def get_all_permissions(
        self, user_obj: AnyUser, obj: Model | None = None
    ) -> set[str]:
        granted: set[str] = super().get_all_permissions(user_obj, obj)
        return granted | _granted(user_obj, obj)

    def has_perm(self, user_obj: AnyUser, perm: str, obj: Model | None = None) -> bool:
        """What the role grants is known without asking the database, as at each page."""
        return perm in _granted(user_obj, obj) or super().has_perm(user_obj, perm, obj)

    def with_perm(
        self,
        perm: str | Permission,
        is_active: bool | None = True,  # noqa: FBT001, FBT002  as Django has it
        include_superusers: bool = True,  # noqa: FBT001, FBT002
        obj: Model | None = None,
    ) -> QuerySet[User]:
        """Django's own knows only rows; whose role has it is found as well."""
        granted: QuerySet[User] = super().with_perm(
            perm,
            is_active=is_active,  # type: ignore[arg-type]  # None is for both
            include_superusers=include_superusers,
            obj=obj,
        )
        if obj is not None:
            return granted
        if isinstance(perm, Permission):
            perm = f"{perm.content_type.app_label}.{perm.codename}"
        by_role = User.objects.filter(
            role__in=[role for role, has in ROLE_PERMISSIONS.items() if perm in has]
        )
        if is_active is not None:
            by_role = by_role.filter(is_active=is_active)
        return granted | by_role

    def has_module_perms(self, user_obj: AnyUser, app_label: str) -> bool:
        return user_obj.is_active and any(
            permission.startswith(f"{app_label}.")
            for permission in self.get_all_permissions(user_obj)
        )
