from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0010_lapsed_contests"),
        ("calls", "0010_presence_by_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="calldocument",
            name="document_score",
        ),
        migrations.RemoveIndex(
            model_name="calldocument",
            name="document_duration",
        ),
        migrations.RemoveIndex(
            model_name="calldocument",
            name="document_wait_time",
        ),
        migrations.RemoveIndex(
            model_name="calldocument",
            name="document_hold_time",
        ),
        migrations.RemoveIndex(
            model_name="calldocument",
            name="document_dead_air_time",
        ),
        migrations.RemoveIndex(
            model_name="calldocument",
            name="document_longest_dead_air",
        ),
        migrations.RemoveIndex(
            model_name="calldocument",
            name="document_agent_talk_share",
        ),
        migrations.AddIndex(
            model_name="calldocument",
            index=models.Index(
                fields=["score"],
                include=("created_at", "call"),
                name="document_by_score",
            ),
        ),
        migrations.AddIndex(
            model_name="calldocument",
            index=models.Index(
                fields=["duration"],
                include=("created_at", "call"),
                name="document_by_duration",
            ),
        ),
        migrations.AddIndex(
            model_name="calldocument",
            index=models.Index(
                fields=["wait_time"],
                include=("created_at", "call"),
                name="document_by_wait_time",
            ),
        ),
        migrations.AddIndex(
            model_name="calldocument",
            index=models.Index(
                fields=["hold_time"],
                include=("created_at", "call"),
                name="document_by_hold_time",
            ),
        ),
        migrations.AddIndex(
            model_name="calldocument",
            index=models.Index(
                fields=["dead_air_time"],
                include=("created_at", "call"),
                name="document_by_dead_air_time",
            ),
        ),
        migrations.AddIndex(
            model_name="calldocument",
            index=models.Index(
                fields=["longest_dead_air"],
                include=("created_at", "call"),
                name="document_by_longest_dead_air",
            ),
        ),
        migrations.AddIndex(
            model_name="calldocument",
            index=models.Index(
                fields=["agent_talk_share"],
                include=("created_at", "call"),
                name="document_by_agent_talk_share",
            ),
        ),
    ]
