import calls.models
import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="last login"
                    ),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={
                            "unique": "A user with that username already exists."
                        },
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[
                            django.contrib.auth.validators.UnicodeUsernameValidator()
                        ],
                        verbose_name="username",
                    ),
                ),
                (
                    "first_name",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="first name"
                    ),
                ),
                (
                    "last_name",
                    models.CharField(
                        blank=True, max_length=150, verbose_name="last name"
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True, max_length=254, verbose_name="email address"
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="date joined"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("agent", "Agent"),
                            ("supervisor", "Supervisor"),
                            ("integrator", "Integrator"),
                        ],
                        default="agent",
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                (
                    "presence",
                    models.CharField(
                        choices=[
                            ("available", "Available"),
                            ("away", "Away"),
                            ("offline", "Offline"),
                        ],
                        default="offline",
                        max_length=12,
                        verbose_name="presence",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "sid",
                    models.CharField(
                        max_length=34, unique=True, verbose_name="call SID"
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("inbound", "Inbound"), ("outbound", "Outbound")],
                        max_length=8,
                        verbose_name="direction",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("initiated", "Initiated"),
                            ("ringing", "Ringing"),
                            ("in-progress", "In progress"),
                            ("completed", "Completed"),
                            ("busy", "Busy"),
                            ("failed", "Failed"),
                            ("no-answer", "No answer"),
                            ("canceled", "Canceled"),
                        ],
                        default="queued",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("human", "Human"),
                            ("approve", "Approve to speak"),
                            ("auto", "AI voice"),
                        ],
                        default="human",
                        max_length=8,
                        verbose_name="mode",
                    ),
                ),
                (
                    "from_number",
                    models.CharField(db_index=True, max_length=64, verbose_name="from"),
                ),
                ("to_number", models.CharField(max_length=64, verbose_name="to")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                (
                    "answered_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="answered"
                    ),
                ),
                (
                    "accepted_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="accepted"
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="ended"),
                ),
                (
                    "held_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="on hold since"
                    ),
                ),
                (
                    "agent_joined_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="agent on the line since"
                    ),
                ),
                (
                    "agent_gone_at",
                    models.DateTimeField(
                        blank=True,
                        null=True,
                        verbose_name="agent's telephone gone since",
                    ),
                ),
                (
                    "conference_sid",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        max_length=34,
                        verbose_name="conference SID",
                    ),
                ),
                (
                    "stream_sid",
                    models.CharField(
                        blank=True, max_length=34, verbose_name="stream SID"
                    ),
                ),
                (
                    "streams",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="streams so far"
                    ),
                ),
                (
                    "stream_token",
                    models.CharField(
                        default=calls.models.new_token,
                        editable=False,
                        max_length=40,
                        verbose_name="stream token",
                    ),
                ),
                (
                    "last_number",
                    models.PositiveIntegerField(
                        default=0,
                        editable=False,
                        verbose_name="number of the last event",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "declined_by",
                    models.ManyToManyField(
                        blank=True,
                        related_name="declined_calls",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="declined by",
                    ),
                ),
            ],
            options={
                "verbose_name": "call",
                "verbose_name_plural": "calls",
                "ordering": ["-created_at", "-id"],
                "permissions": [("use_desk", "Can take calls at the desk")],
            },
        ),
        migrations.CreateModel(
            name="CallEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("data", models.JSONField(default=dict, verbose_name="data")),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="calls.call",
                        verbose_name="call",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Leg",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "sid",
                    models.CharField(
                        max_length=34, unique=True, verbose_name="leg SID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("agent", "Agent"),
                            ("supervisor", "Supervisor"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "joined_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="joined"),
                ),
                (
                    "left_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="left"),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="legs",
                        to="calls.call",
                        verbose_name="call",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legs",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "leg",
                "verbose_name_plural": "legs",
            },
        ),
        migrations.CreateModel(
            name="Recording",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "sid",
                    models.CharField(
                        max_length=34, unique=True, verbose_name="recording SID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("in-progress", "In progress"),
                            ("completed", "Completed"),
                            ("absent", "Absent"),
                            ("deleted", "Deleted"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "url",
                    models.URLField(
                        blank=True, max_length=500, verbose_name="address at Twilio"
                    ),
                ),
                (
                    "channels",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="channels"
                    ),
                ),
                (
                    "duration",
                    models.FloatField(
                        blank=True, null=True, verbose_name="duration (s)"
                    ),
                ),
                (
                    "channel_map",
                    models.JSONField(default=dict, verbose_name="channels by speaker"),
                ),
                (
                    "offset",
                    models.FloatField(
                        default=0.0,
                        help_text="The call's clock when the recording began.",
                        verbose_name="offset (s)",
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        blank=True, upload_to="recordings/%Y/%m/%d", verbose_name="file"
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recordings",
                        to="calls.call",
                        verbose_name="call",
                    ),
                ),
            ],
            options={
                "verbose_name": "recording",
                "verbose_name_plural": "recordings",
            },
        ),
        migrations.CreateModel(
            name="Utterance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("live", "Live"), ("final", "From the recording")],
                        max_length=5,
                        verbose_name="source",
                    ),
                ),
                (
                    "item",
                    models.CharField(
                        help_text="The key that makes storing safe to repeat.",
                        max_length=64,
                        verbose_name="item",
                    ),
                ),
                (
                    "speaker",
                    models.CharField(
                        choices=[
                            ("caller", "Caller"),
                            ("agent", "Agent"),
                            ("assistant", "Assistant"),
                            ("supervisor", "Supervisor"),
                        ],
                        max_length=10,
                        verbose_name="speaker",
                    ),
                ),
                ("start", models.FloatField(verbose_name="start (s)")),
                ("end", models.FloatField(verbose_name="end (s)")),
                ("text", models.TextField(verbose_name="text")),
                (
                    "words",
                    models.JSONField(blank=True, default=list, verbose_name="words"),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="utterances",
                        to="calls.call",
                        verbose_name="call",
                    ),
                ),
            ],
            options={
                "verbose_name": "utterance",
                "verbose_name_plural": "utterances",
                "ordering": ["start", "id"],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("kind", models.CharField(max_length=24, verbose_name="kind")),
                ("key", models.CharField(max_length=160, verbose_name="key")),
                ("payload", models.JSONField(verbose_name="payload")),
                (
                    "received_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="received"),
                ),
                (
                    "call",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhooks",
                        to="calls.call",
                        verbose_name="call",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
            },
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["-created_at", "-id"], name="call_newest_first"),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(
                    ("status__in", ["in-progress", "initiated", "queued", "ringing"])
                ),
                fields=["status"],
                name="call_live",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["agent", "-created_at"], name="call_by_agent"),
        ),
        migrations.AddConstraint(
            model_name="callevent",
            constraint=models.UniqueConstraint(
                fields=("call", "number"), name="event_numbered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="utterance",
            constraint=models.UniqueConstraint(
                fields=("call", "source", "item"), name="utterance_stored_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("kind", "key"), name="webhook_stored_once"
            ),
        ),
    ]
