"""Edits that cannot overwrite what the caller has not seen: `ETag` out, `If-Match` in."""

from __future__ import annotations

import re

from django.http import HttpRequest

from backorder.journal.refusals import Refused


def of(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def required(request: HttpRequest) -> int:
    """The version that the caller has seen. 428 without `If-Match`, 412 for one that is none of ours."""
    given = request.headers.get("If-Match")
    if given is None:
        raise Refused(
            "if_match_is_missing", "Send If-Match with the ETag of what you have seen.", status=428, field="If-Match"
        )
    found = re.fullmatch(r'"(\d{1,9})"', given.strip())
    if found is None:
        raise Refused(
            "version_is_stale", "This was changed since; read it again.", status=412, field="If-Match", value=given
        )
    return int(found[1])


def optional(request: HttpRequest) -> int | None:
    """The version that the caller has seen, if it says one."""
    return required(request) if "If-Match" in request.headers else None
