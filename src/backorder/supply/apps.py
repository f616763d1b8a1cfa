from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "backorder.supply"
    label = "supply"
    default_auto_field = "django.db.models.BigAutoField"
