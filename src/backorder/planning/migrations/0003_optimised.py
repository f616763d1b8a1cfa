from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0002_promised_days"),
    ]

    operations = [
        migrations.AddField(model_name="runrange", name="plan", field=models.BinaryField(null=True)),
        migrations.AddField(model_name="runrange", name="optimised", field=models.JSONField(default=list)),
    ]
