"""A shop shows its customer the order's page, and the customer decides there: through the served installation."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import httpx

from .merchant import Json, Merchant
from .serving import Served


def link_of(shop: Merchant, placed: Json) -> str:
    """The path of the customer's page."""
    return urlsplit(shop.post(f"/orders/{placed['id']}/links")["url"]).path


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the page that asks once more."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html.unescape(page.text)))


def test_a_customer_cancels_what_waits_and_the_next_gets_it(served: Served, shop: Merchant) -> None:
    """Five of seven lamps are here. Hannah cancels the other two; Tom, who ordered after her, gets them sooner."""
    lamp = shop.item("PORTAL-LAMP", stock=5)
    shop.coming(lamp, 2, day=10)
    hannah = shop.buy((lamp, 7))
    tom = shop.buy((lamp, 2))
    assert shop.line(tom)["promised_on"] == shop.day(31)
    with httpx.Client(base_url=served.address, timeout=60) as browser:
        path = link_of(shop, hannah)
        page = browser.get(path)
        assert page.status_code == 200
        key = f"cancel:{hannah['lines'][0]['id']}"
        assert f'value="{key}"' in page.text
        asked = browser.post(f"{path}/choose", data={"choice": key})
        assert "Nothing has been done yet." in asked.text
        assert shop.units(hannah) == {"open": 2, "allocated": 5}
        done = browser.post(f"{path}/confirm", data=hidden(asked))
        assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=cancel")
    shop.until_units(hannah, allocated=5, cancelled=2)
    shop.until_promised(tom, 11)


def test_a_link_that_was_revoked_opens_nothing(served: Served, shop: Merchant) -> None:
    mug = shop.item("PORTAL-MUG", stock=1)
    placed = shop.buy((mug, 1))
    path = link_of(shop, placed)
    with httpx.Client(base_url=served.address, timeout=60) as browser:
        assert browser.get(path).status_code == 200
        shop.call("DELETE", f"/orders/{placed['id']}/links")
        assert browser.get(path).status_code == 410
        assert browser.get(link_of(shop, placed)).status_code == 200


def test_the_storefront_says_what_the_order_is_then_promised(served: Served, shop: Merchant) -> None:
    vase = shop.item("PORTAL-VASE", stock=1)
    shop.coming(vase, 5, day=10)
    with httpx.Client(base_url=served.address, timeout=60) as browser:
        said = browser.get(f"/storefront/items/{vase}.json", params={"units": 3}).json()
        assert (said["text"], said["availability"]) == ("1 now, 2 later", "LimitedAvailability")
        assert said["deliver_on"] == shop.line(shop.buy((vase, 3)))["promised_on"]
