"""A real browser in front of the real application: what every test of a page needs.

A `Visitor` looks at one page with one device and one theme. Whatever goes wrong beside the test's own question fails
it as well: an error in the console (a breach of the content policy is one), a script that throws, a request that
leaves this server, an address that answers with 5xx.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, Response

from backorder.config.wsgi import application

from .chromium import installed

Device = Literal["phone", "desktop"]
Theme = Literal["light", "dark"]

SIZES: dict[Device, tuple[int, int]] = {"phone": (390, 844), "desktop": (1440, 900)}
# Both sizes and both themes, in half as many looks.
OPPOSITES: list[tuple[Device, Theme]] = [("phone", "dark"), ("desktop", "light")]
# Patience, not speed: the machine may be busy with other things.
PATIENCE_MILLISECONDS = 60_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def launch(playwright: Playwright) -> Browser:
    """Start the browser, unseen. Without one the run ends here."""
    program = installed()
    if program is None:
        pytest.exit("No Chromium. Install it (apt-get install chromium) or name it in BACKORDER_CHROMIUM.", 3)
    # As root, and in most containers, its own sandbox cannot be; /dev/shm is often too small there.
    return playwright.chromium.launch(
        executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
    )


@contextmanager
def served() -> Iterator[str]:
    """The application, answering in threads of this process on the test database; yields its address."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet, connections_override={})
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# The browser says "Failed to load" of a page that was refused: the test asserts that status itself. Who leaves a page
# ends what it was asking for; of what really fails htmx says sendError or responseError as well.
HARMLESS = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")


@dataclass
class Visitor:
    """Someone in front of a page; `page` is Playwright's, for clicking and filling in."""

    page: Page
    site: str
    device: Device
    theme: Theme
    scripts: bool = True
    wrongs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrongs.append(f"script error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def open(self, path: str, *, status: int = 200) -> Page:
        """Go to a path of this site, which must answer with `status`."""
        answer = self.page.goto(self.site + path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        return self.page

    def is_accessible(self) -> None:
        """Fail with every rule of WCAG 2.2 AA (and axe's best practice) that the page breaks."""
        assert self.scripts, "axe is a script itself: it never ends in a page without scripts"
        found = Axe().run(self.page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        assert found.violations_count == 0, _report(found.response["violations"])

    def fits(self) -> None:
        """Nothing on the page is wider than the screen."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} px wider than the screen"

    def shot(self, path: Path) -> None:
        """Keep a picture of the whole page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=True, animations="disabled")

    def has_nothing_wrong(self) -> None:
        """Called for you at the end of the test."""
        assert self.wrongs == []

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(harmless in message.text for harmless in HARMLESS):
            self.wrongs.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "about:")):
            self.wrongs.append(f"leaves this server: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.wrongs.append(f"{response.url} answered {response.status}")


def new_visitor(
    browser: Browser,
    site: str,
    *,
    device: Device = "desktop",
    theme: Theme = "light",
    scripts: bool = True,
    language: str = "en-GB",
    **more: Any,
) -> Visitor:
    """A visitor with cookies of their own; `more` goes to Playwright's context."""
    width, height = SIZES[device]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        java_script_enabled=scripts,
        locale=language,
        reduced_motion="reduce",
        has_touch=device == "phone",
        **more,
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    context.set_default_navigation_timeout(PATIENCE_MILLISECONDS)
    return Visitor(context.new_page(), site, device, theme, scripts)


def every_look() -> list[tuple[Device, Theme]]:
    """Phone and desktop, light and dark."""
    return [(device, theme) for device in get_args(Device) for theme in get_args(Theme)]


def _report(violations: list[dict[str, Any]]) -> str:
    lines = [f"{one['id']}: {one['help']}\n    {node['html'][:200]}" for one in violations for node in one["nodes"]]
    return "\n".join(["the page is not accessible:", *lines])


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test that fails says what it asked for."""
