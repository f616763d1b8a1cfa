"""Which browser the tests use: BACKORDER_CHROMIUM, or the Chromium that is installed."""

from __future__ import annotations

import os
import shutil

PROGRAMS = (
    "chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)  # fmt: skip


def installed() -> str | None:
    """The browser's program, or None where there is none."""
    named = os.environ.get("BACKORDER_CHROMIUM")
    return next((found for one in ((named,) if named else PROGRAMS) if (found := shutil.which(one))), None)
