"""The desk's addresses."""

from django.urls import path

from copilot import (
    customer_views,
    inbox_views,
    media_views,
    trial_views,
    views,
    wrap_up_views,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk_page, name="desk"),
    path(
        "assistants/<int:assistant_id>/try/",
        trial_views.trial_page,
        name="assistant-try",
    ),
    path(
        "assistants/<int:assistant_id>/try/now",
        trial_views.trial_now,
        name="assistant-trial-now",
    ),
    path("desk/wrap-up", wrap_up_views.wrap_up, name="desk-wrap-up"),
    path("desk/directory", inbox_views.directory, name="desk-directory"),
    path("desk/inbox", inbox_views.inbox, name="desk-inbox"),
    path(
        "desk/voicemails/<int:voicemail_id>/handled",
        inbox_views.handle_voicemail,
        name="desk-voicemail-handled",
    ),
    path(
        "desk/callbacks/<int:request_id>/handled",
        inbox_views.handle_callback,
        name="desk-callback-handled",
    ),
    path(
        "desk/customers/<int:customer_id>",
        customer_views.customer,
        name="desk-customer",
    ),
    path(
        "desk/customers/<int:customer_id>/messages",
        customer_views.send,
        name="desk-customer-messages",
    ),
    path(
        "desk/customers/<int:customer_id>/read",
        customer_views.read,
        name="desk-customer-read",
    ),
    path(
        "desk/messages/<uuid:message_id>/media/<int:number>",
        media_views.media,
        name="desk-message-media",
    ),
]
