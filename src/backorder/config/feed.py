"""What the shop's own pages are called, for feeds: patterns such as `https://shop.example/p/{sku}`."""

from __future__ import annotations


def pattern(text: str) -> str:
    """The pattern, blank where there is none. Raises ValueError in words for one that leads nowhere."""
    if text and not (text.startswith(("https://", "http://")) and "{sku}" in text):
        raise ValueError(f"{text!r} is no address with {{sku}} in it, such as https://shop.example/p/{{sku}}")
    return text
