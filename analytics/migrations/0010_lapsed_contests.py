from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0009_occupancy"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contest",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("accepted", "Accepted"),
                    ("rejected", "Not accepted"),
                    ("lapsed", "Closed without an answer"),
                ],
                default="open",
                max_length=8,
                verbose_name="state",
            ),
        ),
    ]
