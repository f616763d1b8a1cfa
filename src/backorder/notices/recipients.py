"""Who is told, where and in which language: from an order, or named by whoever asks for a notice.

An address that could break out of a header, or is none, is refused; a notice to it is kept as dead, and visible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from backorder.journal.refusals import Refused
from backorder.orders.reading import OrderView

EMAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3
NAME_CHARACTERS = 200

_PHONE = re.compile(r"\+[1-9]\d{6,14}")  # E.164
_is_email = EmailValidator()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell. `sms` is a number whose owner agreed at the order to be texted; `phone` needs a wish first."""

    name: str = ""
    email: str = ""
    sms: str = ""
    phone: str = ""
    locale: str = "en"
    zone: str = ""
    country: str = ""
    region: str = ""


def of_order(order: OrderView) -> Recipient:
    """Who is told of an order: the order's own contact before the customer's."""
    contact, customer = order.contact, order.customer
    return Recipient(
        name=contact.get("name") or (customer.name if customer else ""),
        email=contact.get("email") or (customer.email if customer else ""),
        sms=contact.get("sms", ""),
        phone=number(contact.get("phone") or (customer.phone if customer else "")),
        locale=order.locale or "en",
        zone=order.zone,
        country=order.country,
        region=order.region,
    )


def email(address: str) -> str:
    """The address as it is kept: trimmed, its domain in small letters. Refuses email_address_refused."""
    found = address.strip(" ")
    local, _, domain = found.rpartition("@")
    if len(found) > EMAIL_CHARACTERS or not found.isprintable() or not _looks_right(found):
        raise Refused(
            "email_address_refused",
            "This is no e-mail address that a message can be sent to.",
            field="email",
            value=found[:EMAIL_CHARACTERS],
            limit=EMAIL_CHARACTERS,
        )
    return f"{local}@{domain.lower()}"


def phone(number: str) -> str:
    """The number in E.164 (+441632960961). Refuses phone_number_refused."""
    found = re.sub(r"[ ().\-/]", "", number)
    found = "+" + found[2:] if found.startswith("00") else found
    if not _PHONE.fullmatch(found):
        raise Refused(
            "phone_number_refused",
            "A number to text begins with + and the country, and has 7 to 15 digits.",
            field="phone",
            value=number[:40],
        )
    return found


def number(given: str) -> str:
    """The number as it is kept, or blank if it is none."""
    try:
        return phone(given)
    except Refused:
        return ""


def address(channel: str, given: str) -> str:
    """The address of a channel as it is kept, or the refusal that fits."""
    assert channel in ("email", "sms"), channel
    return email(given) if channel == "email" else phone(given)


def key(channel: str, given: str) -> str:
    """What an address is found by: people write theirs in capitals and small letters."""
    return given.strip().lower() if channel == "email" else given


def first_name(name: str) -> str:
    """How somebody is greeted; blank where that is not clear from the name."""
    words = name.replace(",", " ").split()
    shown = words[0] if words and "," not in name else ""
    return shown if 1 < len(shown) <= 40 and shown.isprintable() and not shown.endswith(".") else ""


def _looks_right(address: str) -> bool:
    try:
        _is_email(address)
    except ValidationError:
        return False
    return True
