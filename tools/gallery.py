"""Takes pictures of every page of the console on the demo's data: python -m tools.gallery FOLDER [--whole]

A demo is played and served in a folder of its own, somebody signs in, a rule is made and tried, and every page is
opened at phone and desktop size, light and dark, held against WCAG 2.2 AA and kept: what a screen shows of it, or the
`--whole` page. Ends with 1 if a page is not sound.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.browser import kit

PORT = 8477
SITE = f"http://127.0.0.1:{PORT}"
VARIANTS = {
    "key-accounts": {
        "segments": [
            {"name": "small orders", "strategy": "win", "filter": {"include": [{"attribute": "units", "at_most": 24}]}},
            {"name": "late", "strategy": "gain", "filter": {"include": [{"attribute": "days_late", "at_least": 1}]}},
            {"name": "others", "strategy": "redistribute"},
        ]
    },
    "first-come": {"segments": [{"name": "everybody", "strategy": "gain"}]},
}  # fmt: skip
PAGES = (
    "today", "backorders", "orders", "items", "runs", "runs/new", "runs/variants", "runs/variants/new",
    "runs/variants/key-accounts", "inbound", "inbound/buy", "inbound/receive", "inbound/suppliers", "inbound/new",
    "stock", "stock/moves", "stock/sheet", "ship", "ship/released", "ship/sent", "messages", "messages/outbox",
    "messages/cases", "messages/dues", "messages/templates", "messages/suppressions", "settings", "settings/people",
    "settings/keys",
    "settings/webhooks", "settings/places", "settings/policies", "settings/jobs", "settings/journal",
    "settings/files", "me",
)  # fmt: skip
# The first address on a page that looks like this: one of many of its kind.
DEEPER = {
    "order": ("backorders", r"/console/orders/\d+"),
    "item": ("items", r"/console/items/[^/\"?#]+"),
    "delivery": ("inbound", r"/console/inbound/[A-Z][^/\"?#]*"),
    "run": ("runs", r"/console/runs/\d+"),
    "parcel": ("ship", r"/console/ship/\d+[^\"?#]*"),
    "notice": ("messages/outbox", r"/console/messages/notices/\d+"),
    "template": ("messages/templates", r"/console/messages/templates/[^\"?#]+"),
    "case": ("messages/cases?state=closed", r"/console/messages/cases/\d+"),
}


def main() -> int:
    """Play, look, keep."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--whole", action="store_true", help="pictures (PNG) of whole pages")
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, _demo(Path(home)) as password, sync_playwright() as playwright:
        browser = kit.launch(playwright)
        signed_in = _signed_in(browser, password)
        _try_rules(Path(home))
        wrongs = [wrong for look in kit.every_look() for wrong in _look(browser, signed_in, look, given)]
        browser.close()
    print("\n".join(wrongs) or "Every page is sound.")
    return 1 if wrongs else 0


@contextmanager
def _demo(home: Path) -> Iterator[str]:
    """A demo being served; yields the password of its planner."""
    command = [sys.executable, "-m", "backorder.cli", "demo", "--port", str(PORT)]
    with subprocess.Popen(command, env=_environment(home), stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        password = ""
        for line in served.stdout:
            password = password or "".join(re.findall(r"sign in as \S+ with (\S+)", line))
            if "answers at" in line:
                break
        try:
            yield password
        finally:
            served.terminate()


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "BACKORDER_DATA": str(home / "demo"), "BACKORDER_SIMULATED_CLOCK": "1", "COLUMNS": "200"}


def _signed_in(browser: Browser, password: str) -> Path:
    """The cookies of somebody who signed in."""
    one = kit.new_visitor(browser, SITE)
    page = one.open("/console/account/login/")
    page.fill("#id_login", "priya@demo.example")
    page.fill("#id_password", password)
    page.click("button.btn.primary.wide")
    page.wait_for_url("**/console/")
    kept = Path(tempfile.gettempdir()) / f"backorder-gallery-{os.getpid()}.json"
    page.context.storage_state(path=kept)
    page.context.close()
    return kept


def _try_rules(home: Path) -> None:
    """Make the variants and simulate them beside each other, so that there is a run to look at."""
    program = [sys.executable, "-m", "backorder.cli"]
    made = subprocess.run(
        [*program, "keys", "create", "gallery", "--scope", "admin"],
        env=_environment(home), capture_output=True, text=True, check=True,
    )  # fmt: skip
    key = "".join(re.findall(r"bo_\S+", made.stdout)[:1])
    for code, body in VARIANTS.items():
        _call("PUT", f"/variants/{code}", key, body)
    _call("POST", "/runs", key, {"variants": list(VARIANTS)})


def _call(method: str, path: str, key: str, body: object) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    wanted = urllib.request.Request(f"{SITE}/api/v1{path}", json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(wanted):
        pass


def _look(
    browser: Browser, signed_in: Path, look: tuple[kit.Device, kit.Theme], given: argparse.Namespace
) -> list[str]:
    """Open and keep every page in one look; what is wrong with them."""
    device, theme = look
    one = kit.new_visitor(browser, SITE, device=device, theme=theme, storage_state=signed_in)
    wrongs: list[str] = []
    for name, path in _paths(one):
        try:
            one.open(path)
            one.page.wait_for_load_state()
            one.fits()
            one.is_accessible()
        except AssertionError as wrong:
            wrongs.append(f"{name} {device} {theme}: {wrong}")
        _keep(one, given.folder / f"console-{name}-{kit.SIZES[device][0]}-{theme}", whole=given.whole)
    wrongs += [f"{device} {theme}: {wrong}" for wrong in one.wrongs]
    one.page.context.close()
    return wrongs


def _paths(one: kit.Visitor) -> list[tuple[str, str]]:
    found = [(path.replace("/", "-"), f"/console/{'' if path == 'today' else path}") for path in PAGES]
    for name, (page, pattern) in DEEPER.items():
        addresses = re.findall(f'href="({pattern})', one.open(f"/console/{page}").content())
        if addresses:
            found.append((name, addresses[0]))
        else:
            print(f"there is no {name} to look at", file=sys.stderr)
    return found


def _keep(one: kit.Visitor, path: Path, *, whole: bool) -> None:
    if whole:
        one.shot(path.with_suffix(".png"))
        return
    taken = one.page.context.new_cdp_session(one.page).send("Page.captureScreenshot", {"format": "webp", "quality": 70})
    path.with_suffix(".webp").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    raise SystemExit(main())
