from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_version"),
    ]

    operations = [
        # Items are found by the beginning of any word of their name.
        migrations.RunSQL(
            "CREATE INDEX item_by_words ON catalog_item USING gin (to_tsvector('simple', name))",
            "DROP INDEX item_by_words",
        ),
    ]
