"""Django's settings. Everything an installation may change comes from the environment; see docs/reference/settings."""

import os
from pathlib import Path

from backorder.config import database, feed, law, mail, secrets

_kept = secrets.read(secrets.data_folder())

SECRET_KEY = os.environ.get("BACKORDER_SECRET_KEY") or (_kept or secrets.generate()).secret_key
DEBUG = False
ALLOWED_HOSTS = os.environ.get("BACKORDER_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "backorder.journal",
    "backorder.access",
    "backorder.catalog",
    "backorder.stock",
    "backorder.supply",
    "backorder.orders",
    "backorder.payments",
    "backorder.planning",
    "backorder.notices",
    "backorder.console",
    "backorder.portal",
    # After our own rooms, so that their templates are found first.
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "backorder.api.problems.Middleware",
    "backorder.config.policy.Middleware",
    "django.middleware.security.SecurityMiddleware",
    "backorder.config.static.Middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "backorder.console.signing_in.Seen",
]
ROOT_URLCONF = "backorder.config.urls"
WSGI_APPLICATION = "backorder.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

DATABASES = {"default": database.settings_for(database.url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

APPEND_SLASH = False
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français")]
LANGUAGE_COOKIE_NAME = "language"

# Only installations created for simulation may move their clock; the database remembers it from its creation.
BACKORDER_SIMULATED_CLOCK = os.environ.get("BACKORDER_SIMULATED_CLOCK") == "1"
# Webhooks go to the public internet only, over https, unless this says that the own network may be called as well.
BACKORDER_WEBHOOK_ALLOW_PRIVATE = os.environ.get("BACKORDER_WEBHOOK_ALLOW_PRIVATE") == "1"
# Where customers reach this server: what links in messages begin with.
BACKORDER_PUBLIC_URL = os.environ.get("BACKORDER_PUBLIC_URL", "http://localhost:8000")
# How many proxies in front of this server tell the caller's address in X-Forwarded-For; 0 believes none.
BACKORDER_PROXIES = int(os.environ.get("BACKORDER_PROXIES", "0"))
# Staff sign in with the company's OpenID Connect where this is its address, with an id and a secret made there for us.
BACKORDER_OIDC_URL = os.environ.get("BACKORDER_OIDC_URL", "")
BACKORDER_OIDC_NAME = os.environ.get("BACKORDER_OIDC_NAME", "Company sign-in")
BACKORDER_OIDC_CLIENT = os.environ.get("BACKORDER_OIDC_CLIENT", "")
BACKORDER_OIDC_SECRET = os.environ.get("BACKORDER_OIDC_SECRET", "")
# How people are told. Without a provider nothing leaves: the outbox page shows what would have.
BACKORDER_MAIL = os.environ.get("BACKORDER_MAIL", "")
BACKORDER_MAIL_FROM = os.environ.get("BACKORDER_MAIL_FROM", "Backorder <orders@localhost>")
BACKORDER_MAIL_REPLY_TO = os.environ.get("BACKORDER_MAIL_REPLY_TO", "")
BACKORDER_MAIL_QUIET = os.environ.get("BACKORDER_MAIL_QUIET", "")
BACKORDER_MAIL_WEBHOOK_SECRET = os.environ.get("BACKORDER_MAIL_WEBHOOK_SECRET", "")
BACKORDER_SMS = os.environ.get("BACKORDER_SMS", "")
BACKORDER_ALERTS = os.environ.get("BACKORDER_ALERTS", "")
BACKORDER_SHOP_ADDRESS = os.environ.get("BACKORDER_SHOP_ADDRESS", "")
# For how many days what a run was decided on is kept, so that it can be replayed.
BACKORDER_RUN_INPUT_DAYS = float(os.environ.get("BACKORDER_RUN_INPUT_DAYS", "90"))
BACKORDER_DIGEST_MINUTES = float(os.environ.get("BACKORDER_DIGEST_MINUTES", "10"))
# The shop's own pages and pictures of items that name none themselves, for feeds.
BACKORDER_FEED_LINK = feed.pattern(os.environ.get("BACKORDER_FEED_LINK", ""))
BACKORDER_FEED_IMAGE_LINK = feed.pattern(os.environ.get("BACKORDER_FEED_IMAGE_LINK", ""))
# What the delay law leaves open, and how it is acted on.
BACKORDER_LAW = law.assumptions()
BACKORDER_LAW_PRACTICE = law.practice()
# For how many hours a unit is held for whoever waited for an item to be back.
BACKORDER_WAITLIST_HOURS = int(os.environ.get("BACKORDER_WAITLIST_HOURS", "24"))
# Within how many hours money is to move where nothing says by when; and how long before a deadline somebody is warned.
BACKORDER_PAYMENT_HOURS = float(os.environ.get("BACKORDER_PAYMENT_HOURS", "24"))
BACKORDER_PAYMENT_WARN_HOURS = float(os.environ.get("BACKORDER_PAYMENT_WARN_HOURS", "24"))
_mail = mail.settings_for(BACKORDER_MAIL, webhook_secret=BACKORDER_MAIL_WEBHOOK_SECRET)
EMAIL_BACKEND = str(_mail["EMAIL_BACKEND"])
EMAIL_HOST, EMAIL_PORT = str(_mail.get("EMAIL_HOST", "")), int(_mail.get("EMAIL_PORT", 25))
EMAIL_HOST_USER = str(_mail.get("EMAIL_HOST_USER", ""))
EMAIL_HOST_PASSWORD = str(_mail.get("EMAIL_HOST_PASSWORD", ""))
EMAIL_USE_SSL, EMAIL_USE_TLS = bool(_mail.get("EMAIL_USE_SSL")), bool(_mail.get("EMAIL_USE_TLS"))
EMAIL_TIMEOUT = mail.TIMEOUT_SECONDS
DEFAULT_FROM_EMAIL = SERVER_EMAIL = BACKORDER_MAIL_FROM
ANYMAIL = dict(_mail.get("ANYMAIL", {}))

# The largest request body that is read at all.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Files of the pages: where they lie and under which names they are served.
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parents[1] / "look"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "backorder.config.static.Storage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# What protects pages and sessions. Behind https (BACKORDER_PUBLIC_URL says so) cookies and links never leave it.
_HTTPS = BACKORDER_PUBLIC_URL.startswith("https:")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "backorder"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "backorder.console.saying_no.csrf"
CSRF_TRUSTED_ORIGINS = [BACKORDER_PUBLIC_URL] if _HTTPS else []

# Sign-in of staff.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_ADAPTER = "backorder.console.signing_in.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _HTTPS else "http"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ALLAUTH_TRUSTED_PROXY_COUNT = BACKORDER_PROXIES
MFA_ADAPTER = "backorder.console.signing_in.SecondSteps"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "backorder"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _HTTPS
USERSESSIONS_TRACK_ACTIVITY = False  # Ours does it, less often.
SOCIALACCOUNT_ADAPTER = "backorder.console.signing_in.CompanyAccounts"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "company",
                "name": BACKORDER_OIDC_NAME,
                "client_id": BACKORDER_OIDC_CLIENT,
                "secret": BACKORDER_OIDC_SECRET,
                "settings": {"server_url": BACKORDER_OIDC_URL},
            }
        ]
        if BACKORDER_OIDC_URL
        else [],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("BACKORDER_LOG_LEVEL", "WARNING")},
}
