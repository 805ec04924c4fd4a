from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0008_waveform"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyPresence",
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
                ("day", models.DateField(verbose_name="day")),
                ("on_call", models.FloatField()),
                ("available", models.FloatField()),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "status of a day",
                "verbose_name_plural": "status of days",
                "indexes": [models.Index(fields=["day"], name="daily_presence_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agent", "day"),
                        name="daily_presence_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
