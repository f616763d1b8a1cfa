"""Serves the report that the demo left in the data folder, where there is one."""

from django.http import FileResponse, HttpRequest
from django.urls import URLPattern, path

from backorder.config import secrets

FILE_NAME = "report.html"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def urls() -> list[URLPattern]:
    """Return the address of the report, or nothing in an installation without one."""
    return [path("report", report)] if (secrets.data_folder() / FILE_NAME).exists() else []


def report(request: HttpRequest) -> FileResponse:
    """The report, as it was written."""
    response = FileResponse((secrets.data_folder() / FILE_NAME).open("rb"), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = POLICY
    return response
