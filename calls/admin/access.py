"""The keys of integrators: made here, shown once, revoked here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from calls.models import ApiToken, User
from calls.services import tokens


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """A key is written by nobody: it is made, and can only be revoked."""

    list_display = ("name", "user", "beginning", "state", "created_at", "last_used_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "=user__username")
    fields = ("user", "name")
    readonly_fields = ("beginning", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def get_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        return self.fields if obj is None else (*self.fields, *self.readonly_fields)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("user", *self.readonly_fields)

    def formfield_for_foreignkey(
        self,
        db_field: Any,  # noqa: ANN401  Django's own signature
        request: HttpRequest,
        **kwargs: Any,
    ) -> "forms.ModelChoiceField[Any] | None":
        """Whoever gives out a key gives it to an integrator; a superuser to anybody."""
        if db_field.name == "user" and not request.user.is_superuser:
            kwargs["queryset"] = User.objects.filter(role=User.Role.INTEGRATOR)
        field: forms.ModelChoiceField[Any] | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return field

    def save_model(
        self,
        request: HttpRequest,
        obj: ApiToken,
        form: "forms.ModelForm[ApiToken]",
        change: bool,  # noqa: FBT001  Django's own signature
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        secret = tokens.new_secret()
        tokens.describe(token=obj, secret=secret).save()
        messages.warning(
            request,
            gettext("The key, shown this once: %(key)s") % {"key": secret},
        )

    @admin.action(description=_("Revoke the selected tokens"), permissions=("change",))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """From now on they open nothing."""
        chosen = list(queryset.filter(revoked_at=None))
        for token in chosen:
            tokens.revoke(token=token)
        text = ngettext(
            "%(count)d token is revoked.", "%(count)d tokens are revoked.", len(chosen)
        )
        messages.success(request, text % {"count": len(chosen)})

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """Revoked ones stay, so that it is known who held a key."""
        return False

    @admin.display(description=_("begins with"))
    def beginning(self, token: ApiToken) -> str:
        return f"{token.prefix}…"

    @admin.display(description=_("good"), boolean=True)
    def state(self, token: ApiToken) -> bool:
        return token.revoked_at is None
