"""Refusals: what the product says no to, in sentences, with the values that make it a no.

The name of a refusal is the `type` of the API's problem details and has an entry in the docs.
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A use case said no; nothing was written.

    `name` is a stable snake_case word, `says` a sentence for people, `status` the HTTP status that
    fits, `values` what a caller needs to mend it (field, value, limit).
    """

    def __init__(self, name: str, says: str, *, status: int = 422, **values: Any) -> None:
        super().__init__(f"{name}: {says}")
        self.name = name
        self.says = says
        self.status = status
        self.values = values


def unknown(what: str, value: object) -> Refused:
    """There is no such thing: `what` names the field, `value` what was asked for."""
    return Refused(f"unknown_{what}", f"There is no {what} {value!r}.", status=404, field=what, value=value)
