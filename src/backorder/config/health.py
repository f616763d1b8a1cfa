"""One address that says whether this installation can answer: for load balancers and for `backorder serve` itself."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from backorder import __version__


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "database_unavailable", "version": __version__}, status=503)
    return JsonResponse({"status": "ok", "version": __version__})
