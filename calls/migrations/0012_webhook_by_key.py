from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0011_customer_by_name"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="webhookdelivery",
            name="webhook_stored_once",
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("key", "kind"), name="webhook_stored_once"
            ),
        ),
    ]
