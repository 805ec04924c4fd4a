from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0009_call_by_number"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="presencespan",
            index=models.Index(fields=["ended_at"], name="presence_by_end"),
        ),
    ]
