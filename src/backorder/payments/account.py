"""How the money of one order stands: what was paid, what is held and can still be captured, what went back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backorder.engine.payments import after_capture


@dataclass(frozen=True, slots=True)
class Told:
    """What the shop or its provider said: `kind` is authorised, captured, refunded, voided or failed."""

    kind: str
    amount_minor: int
    at: datetime
    provider: str = ""
    network: str = ""
    is_deposit: bool = False
    split_enabled: bool = False
    capture_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`captured_minor` was paid, `held_minor` can still be captured until `held_until`, `refunded_minor` went back.

    `was_held`: the order is paid by authorisation and capture, not ahead. `has_deposit`: only a part was paid ahead.
    """

    captured_minor: int = 0
    held_minor: int = 0
    refunded_minor: int = 0
    held_until: datetime | None = None
    was_held: bool = False
    has_deposit: bool = False
    network: str = ""

    @property
    def is_known(self) -> bool:
        """Is any payment known at all?"""
        return self.was_held or self.captured_minor > 0


def account(told: Sequence[Told], *, now: datetime) -> Account:
    """The account at `now`, from everything that was told, in any order."""
    captured = refunded = 0
    holds: list[tuple[Told, int]] = []
    for one in sorted(told, key=lambda one: (one.at, _TURN.index(one.kind))):
        match one.kind:
            case "authorised":
                holds.append((one, one.amount_minor))
            case "captured":
                captured += one.amount_minor
                holds = holds if one.is_deposit else _drawn(holds, one)
            case "refunded":
                refunded += one.amount_minor
            case "voided":
                holds = []
    live = [(hold, left) for hold, left in holds if left and (hold.capture_before is None or hold.capture_before > now)]
    return Account(
        captured_minor=captured,
        held_minor=sum(left for _, left in live),
        refunded_minor=refunded,
        held_until=min((hold.capture_before for hold, _ in live if hold.capture_before is not None), default=None),
        was_held=any(one.kind == "authorised" for one in told),
        has_deposit=any(one.is_deposit for one in told),
        network=next((one.network for one in told if one.network), ""),
    )


_TURN = ("authorised", "captured", "refunded", "voided", "failed")


def _drawn(holds: list[tuple[Told, int]], capture: Told) -> list[tuple[Told, int]]:
    """What is left of the holds after a capture; providers may drop the rest of the one it was drawn from."""
    left, found = capture.amount_minor, []
    for hold, held in holds:
        take = min(left, held)
        left -= take
        if take:
            rest = after_capture(
                hold.provider, authorised_minor=held, captured_minor=take,
                split_enabled=hold.split_enabled or capture.split_enabled,
            )  # fmt: skip
            held = rest.authorised_minor
        found.append((hold, held))
    return found
