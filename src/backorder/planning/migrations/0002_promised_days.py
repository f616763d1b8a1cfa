from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0001_runs"),
    ]

    operations = [
        migrations.AddField(model_name="runline", name="promised_after", field=models.DateField(null=True)),
        migrations.AddField(model_name="runline", name="promised_before", field=models.DateField(null=True)),
    ]
