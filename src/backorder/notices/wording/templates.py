"""Which words a kind of notice has in a language: the merchant's live template, else those of the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from backorder import __version__

from ..models import Template

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Wording:
    """The sources of one kind's words. `name` is kept with each notice: where its words came from."""

    subject: str
    body: str
    sms: str
    name: str
    template: int | None = None


@cache
def own(kind: str) -> Wording:
    """The product's words, which speak every language of the product."""
    head, _, body = (TEXTS / f"{kind}.txt").read_text(encoding="utf-8").partition("\n---\n")
    said = {name: rest.strip() for name, _, rest in (line.partition(":") for line in head.splitlines() if line)}
    return Wording(said["subject"], body, said["sms"], f"product {__version__}")


def live() -> Mapping[tuple[str, str], Wording]:
    """The merchant's live templates by (kind, language)."""
    rows = Template.objects.filter(live_at__isnull=False, retired_at=None)
    return {(row.kind, row.language): of_row(row) for row in rows}


def of_row(row: Template) -> Wording:
    """The words of a template."""
    return Wording(row.subject, row.body, row.sms, f"template {row.kind}/{row.language} {row.version}", row.pk)
