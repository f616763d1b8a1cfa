"""The catalog's version: one row, renewed by every change from a sequence that never repeats a number."""

from __future__ import annotations

from django.db import migrations, models

FORWARD = """
CREATE SEQUENCE catalog_version_n;
INSERT INTO catalog_version (id, n) VALUES (1, nextval('catalog_version_n'));
"""

BACKWARD = "DROP SEQUENCE catalog_version_n;"


class Migration(migrations.Migration):
    dependencies = (("catalog", "0001_initial"),)
    operations = (
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("n", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="version_is_one_row"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    )
