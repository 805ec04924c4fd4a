from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0008_dismissed_legs"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["to_number"], name="call_by_number"),
        ),
    ]
