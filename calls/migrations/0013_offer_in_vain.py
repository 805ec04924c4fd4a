from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0012_webhook_by_key"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("outcome__in", ["declined", "missed"])),
                fields=["ended_at"],
                name="offer_in_vain",
            ),
        ),
    ]
