"""Make everything that is written down from the code: docs/openapi.json, docs/reference, docs/words, the client.

`python -m tools.make_reference` writes, `--check` names what is out of date and ends with 1.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `python -m tools.make_reference` from the code: do not edit. -->\n\n"


def made() -> dict[Path, str]:
    """Every made file with its text."""
    from tools import make_client, reference_pages

    from backorder.api import urls  # noqa: F401 - the operations hang themselves in
    from backorder.api.pages import document, document_json

    found = {
        "docs/openapi.json": document_json().decode(),
        "clients/python/backorder_client/shapes.py": make_client.shapes(document()),
        "clients/python/backorder_client/calls.py": make_client.calls(document()),
        **{f"docs/reference/{name}.md": MADE + text for name, text in reference_pages.pages(ROOT, document()).items()},
    }
    return {ROOT / name: _tidy(name, re.sub(r"[ \t]+\n", "\n", text)) for name, text in found.items()}


def _tidy(name: str, text: str) -> str:
    """Python as `make check` wants it."""
    if not name.endswith(".py"):
        return text
    for how in (["check", "--quiet", "--fix", "--select", "F401,I"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *how, "--stdin-filename", str(ROOT / name), "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> None:
    """Write what differs, or with --check only name it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backorder.config.settings")
    import django

    django.setup()
    stale = [path for path, text in made().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `python -m tools.make_reference`")
        sys.exit(bool(stale))
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made()[path])
        print(f"{path.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
