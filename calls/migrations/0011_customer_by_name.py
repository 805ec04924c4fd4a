import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0010_presence_by_end"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector(
                    models.Func(
                        models.Func(
                            models.F("name"),
                            template="normalize(%(expressions)s, NFKD)",
                        ),
                        models.Value("[\u0300-\u036f]"),
                        models.Value(""),
                        models.Value("g"),
                        function="regexp_replace",
                    ),
                    config="simple",
                ),
                name="customer_by_name",
            ),
        ),
    ]
