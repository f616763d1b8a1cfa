"""Browser tests: `visitor()` opens pages of the real application on the test database; `gallery` keeps pictures.

BACKORDER_GALLERY names the folder for pictures (`make screenshots` sets it); without it no picture is
written, and two opposite looks are opened and checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.orders.shop import Shop, open_shop

from . import kit

NewVisitor = Callable[..., kit.Visitor]
Gallery = Callable[..., None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module: its event loop must not be around when other tests need their own."""
    # Playwright's loop runs in this thread, so Django takes every query of a test for one from async code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = kit.launch(playwright)
        yield started
        started.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop that the server sees, because it is committed."""
    return open_shop()


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """The address of the application, serving the test database."""
    with kit.served() as address:
        yield address


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[NewVisitor]:
    """Makes visitors: visitor(device="phone", theme="dark", scripts=False, language="de-DE")."""
    visitors: list[kit.Visitor] = []

    def come(**wanted: object) -> kit.Visitor:
        visitors.append(kit.new_visitor(browser, site, **wanted))  # type: ignore[arg-type]
        return visitors[-1]

    yield come
    for one in visitors:
        one.page.context.close()
    for one in visitors:
        one.has_nothing_wrong()


@pytest.fixture
def gallery(visitor: NewVisitor) -> Gallery:
    """Opens a path in every look: nothing wrong, accessible, fits. gallery(name, path, prepare=..., **visitor)."""

    def show(
        name: str,
        path: str,
        *,
        prepare: Callable[[kit.Visitor], None] = lambda _: None,
        status: int = 200,
        **wanted: object,
    ) -> None:
        folder = os.environ.get("BACKORDER_GALLERY")
        for device, theme in kit.every_look() if folder else kit.OPPOSITES:
            one = visitor(device=device, theme=theme, **wanted)
            one.open(path, status=status)
            prepare(one)
            one.is_accessible()
            one.fits()
            if folder:
                one.shot(Path(folder) / f"{name}-{kit.SIZES[device][0]}-{theme}.png")

    return show
