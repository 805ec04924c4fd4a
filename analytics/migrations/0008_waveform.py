from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0008_dismissed_legs"),
        ("analytics", "0007_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="Waveform",
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
                ("made_of", models.CharField(max_length=100, verbose_name="file")),
                ("seconds", models.FloatField(verbose_name="length (s)")),
                (
                    "channels",
                    models.PositiveSmallIntegerField(verbose_name="channels"),
                ),
                ("peaks", models.BinaryField(verbose_name="peaks")),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE,
                        related_name="waveforms",
                        to="calls.recording",
                        verbose_name="recording",
                    ),
                ),
            ],
            options={
                "verbose_name": "waveform",
                "verbose_name_plural": "waveforms",
            },
        ),
        migrations.AddConstraint(
            model_name="waveform",
            constraint=models.UniqueConstraint(
                fields=("recording", "made_of"), name="waveform_one_of_each_file"
            ),
        ),
    ]
