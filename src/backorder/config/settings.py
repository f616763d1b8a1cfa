"""Django's settings. Everything an installation may change comes from the environment; see docs/reference/settings."""

import os

from backorder.config import database, secrets

_kept = secrets.read(secrets.data_folder())

SECRET_KEY = os.environ.get("BACKORDER_SECRET_KEY") or (_kept or secrets.generate()).secret_key
DEBUG = False
ALLOWED_HOSTS = os.environ.get("BACKORDER_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "backorder.journal",
    "backorder.access",
    "backorder.catalog",
    "backorder.stock",
    "backorder.supply",
    "backorder.orders",
    "backorder.planning",
    "backorder.notices",
]
MIDDLEWARE = [
    "backorder.api.problems.Middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "backorder.config.urls"
WSGI_APPLICATION = "backorder.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {},
    }
]

DATABASES = {"default": database.settings_for(database.url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

APPEND_SLASH = False
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Only installations created for simulation may move their clock; the database remembers it from its creation.
BACKORDER_SIMULATED_CLOCK = os.environ.get("BACKORDER_SIMULATED_CLOCK") == "1"
# Webhooks go to the public internet only, over https, unless this says that the own network may be called as well.
BACKORDER_WEBHOOK_ALLOW_PRIVATE = os.environ.get("BACKORDER_WEBHOOK_ALLOW_PRIVATE") == "1"
# Where customers reach this server: what links in messages begin with.
BACKORDER_PUBLIC_URL = os.environ.get("BACKORDER_PUBLIC_URL", "http://localhost:8000")
# The largest request body that is read at all.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("BACKORDER_LOG_LEVEL", "WARNING")},
}
