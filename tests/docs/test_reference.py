"""What is written down from the code is what the code says now."""

from __future__ import annotations

from tools.make_reference import ROOT, made
from tools.reference_pages import SETTINGS, settings_in


def test_nothing_made_from_the_code_is_out_of_date() -> None:
    stale = [
        str(path.relative_to(ROOT)) for path, text in made().items() if not path.exists() or path.read_text() != text
    ]
    assert stale == [], "run `python -m tools.make_reference`"


def test_every_setting_is_explained() -> None:
    assert settings_in(ROOT / "src" / "backorder") == SETTINGS.keys()
