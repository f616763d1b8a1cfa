"""The kit itself: a page that is right passes, and what is wrong with a page is found."""

from __future__ import annotations

import pytest

from .conftest import NewVisitor


def test_a_page_that_is_right_passes(visitor: NewVisitor) -> None:
    one = visitor(device="phone")
    page = one.open("/healthz")
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><p>All is well.</p></main></html>")
    one.is_accessible()
    one.fits()
    one.has_nothing_wrong()


def test_what_is_wrong_is_found(visitor: NewVisitor) -> None:
    one = visitor(device="phone")
    page = one.open("/healthz")
    page.set_content("<title>x</title><main><h1>x</h1><img src='http://elsewhere.invalid/a.png'></main>")
    page.evaluate("console.error('out of tea'); document.body.style.minWidth = '2000px'")
    with pytest.raises(AssertionError, match="Images must have alternative text"):
        one.is_accessible()
    with pytest.raises(AssertionError, match="wider than the screen"):
        one.fits()
    # Whether the request is seen leaving, blocked by the policy or both, it is told.
    assert [wrong for wrong in one.wrongs if "elsewhere.invalid" in wrong]
    assert "console: out of tea" in one.wrongs
    one.wrongs.clear()


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/refusals"])
def test_the_reference_fits_a_phone(visitor: NewVisitor, path: str) -> None:
    one = visitor(device="phone")
    one.open(path)
    one.fits()
    one.has_nothing_wrong()
