"""What e-mail rules make of a message: its primary purpose, one-click unsubscription, and automatic answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ONE_CLICK = "List-Unsubscribe=One-Click"


class Purpose(StrEnum):
    """What a message is for, by 16 CFR 316.3; commercial ones go to nobody who unsubscribed."""

    TRANSACTIONAL = "transactional"
    COMMERCIAL = "commercial"


def primary_purpose(*, has_promotion: bool, subject_advertises: bool = False, news_comes_first: bool = True) -> Purpose:
    """The purpose of a message about an order: commercial as soon as advertising is in its subject or comes first."""
    if not has_promotion:
        return Purpose.COMMERCIAL if subject_advertises else Purpose.TRANSACTIONAL
    return Purpose.COMMERCIAL if subject_advertises or not news_comes_first else Purpose.TRANSACTIONAL


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """How a reader leaves a list: POST `body` to `url` when `is_one_click`, else by hand at `url` (or by mail, "")."""

    is_one_click: bool
    url: str
    method: str = "POST"
    body: str = ONE_CLICK


def unsubscription(headers: Mapping[str, str]) -> Unsubscription:
    """What RFC 8058 and RFC 2369 headers say; the Post header without an https address counts for nothing."""
    named = {name.lower(): value for name, value in headers.items()}
    urls = re.findall(r"<(https://[^>]+)>", named.get("list-unsubscribe", ""), re.IGNORECASE)
    url = urls[0] if urls else ""
    is_one_click = bool(url) and named.get("list-unsubscribe-post", "").strip() == ONE_CLICK
    return Unsubscription(True, url) if is_one_click else Unsubscription(False, url, "GET", "")


def unsubscribes(method: str, body: str) -> bool:
    """Does a request to the address of a list end the subscription? A GET only shows a page (scanners follow links)."""
    return method.upper() == "POST" and body == ONE_CLICK


def is_automatic(headers: Mapping[str, str]) -> bool:
    """Did a machine write this (RFC 3834, a bounce)? Then it is neither consent nor cancellation."""
    named = {name.lower(): value.strip().lower() for name, value in headers.items()}
    submitted = named.get("auto-submitted", "no").split(";")[0].strip()
    if submitted != "no" or "x-auto-response-suppress" in named:
        return True
    return named.get("return-path") == "<>" or named.get("precedence") in {"bulk", "junk", "auto_reply"}
