from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_wishes"),
    ]

    operations = [
        # Lines and parcels come in order of time: a few pages of index find those of a stretch of days.
        migrations.RunSQL(
            "CREATE INDEX line_by_day ON orders_line USING brin (ordered_at) WITH (autosummarize = on)",
            "DROP INDEX line_by_day",
        ),
        migrations.RunSQL(
            "CREATE INDEX shipment_by_day ON orders_shipment USING brin (shipped_at) WITH (autosummarize = on)",
            "DROP INDEX shipment_by_day",
        ),
    ]
