"""Django as a WSGI application: what runs in the thread pool behind the fast lane."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backorder.config.settings")
application = get_wsgi_application()
