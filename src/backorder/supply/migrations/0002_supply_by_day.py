from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supply", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="supply",
            index=models.Index(
                condition=models.Q(
                    (
                        "units__gt",
                        models.expressions.CombinedExpression(models.F("received"), "+", models.F("cancelled")),
                    )
                ),
                fields=["eta", "reference", "location"],
                name="supply_by_day",
            ),
        ),
        migrations.AddIndex(model_name="supply", index=models.Index(fields=["reference"], name="supply_by_reference")),
    ]
