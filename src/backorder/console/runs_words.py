"""What runs and variants are called on their pages, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .states import State
from .templatetags.look import count, money


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure by which variants are compared: `better` is 1 where more is better, -1 where less is, else 0."""

    name: str
    label: str
    better: int
    says: Callable[[float], str]


def figures(currency: str) -> list[Figure]:
    """The figures of a run, the most telling first."""
    return [
        Figure("fill_rate", _("Units ready by their day"), 1, _share),
        Figure("covered_rate", _("Units covered at all"), 1, _share),
        Figure("promises_broken", _("Promises broken"), -1, _number),
        Figure("value_late_minor", _("Value late"), -1, lambda value: money(int(value), currency).strip()),
        Figure("days_late", _("Days late, all lines together"), -1, _number),
        Figure("orders_complete", _("Orders complete"), 1, _number),
        Figure("lines_complete", _("Lines complete"), 1, _number),
        Figure("gainers", _("Lines that gain"), 0, _number),
        Figure("losers", _("Lines that lose"), -1, _number),
        Figure("notices", _("Customers' dates that change"), 0, _number),
        Figure("fairness", _("Fairness, 0 to 1"), 1, lambda value: f"{value:.2f}"),
    ]


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _number(value: float) -> str:
    return count(round(value))


def state_of(state: str, *, second_person: bool) -> State:
    """The pill of a run."""
    waits = State("risk", "user", _("Waits for approval"))
    return {
        "deciding": State("", "wait", _("Deciding")),
        "simulated": waits if second_person else State("", "runs", pgettext("run", "Simulated")),
        "approved": State("kept", "check", _("Approved")),
        "committing": State("", "wait", _("Being committed")),
        "committed": State("kept", "kept", _("Committed")),
        "discarded": State("none", "none", _("Discarded")),
    }[state]


def strategies() -> dict[str, tuple[str, str]]:
    """The strategies: their word, and what a line of them may expect."""
    return {
        "win": (_("win"), _("Everything by its day; what cannot be held is reported.")),
        "gain": (_("gain"), _("Nowhere worse than now, may get better; what cannot be held is reported.")),
        "improve": (_("improve"), _("Nowhere worse than now if that can be, may get better.")),
        "redistribute": (_("redistribute"), _("May win or lose everything.")),
        "fill": (_("fill"), _("Never better than now; may lose.")),
        "lose": (_("lose"), _("Gives all back.")),
        "skip": (_("skip"), _("Stays exactly as it is.")),
    }


def strategy_icon(name: str) -> str:
    """The icon that stands beside a strategy's word."""
    icons = {"win": "pin", "gain": "up", "improve": "up", "redistribute": "swap", "fill": "down", "lose": "cut"}
    return icons.get(name, "right")


def shares() -> dict[str, str]:
    """How units are handed out among equals."""
    return {
        "in_order": _("one after the other"),
        "proportional": _("in proportion to what they want"),
        "max_min": _("who has least gets the next"),
    }


def broken() -> dict[str, str]:
    """What happens when a floor cannot be held."""
    return {
        "report": _("go on and report it"),
        "stop_item": _("leave that item as it is"),
        "stop_all": _("change nothing at all"),
    }


def objectives() -> dict[str, str]:
    """What a solver may better."""
    return {
        "kept_promises": _("the most promises kept"),
        "value": _("the most value in time"),
        "full_orders": _("the most orders complete"),
        "lateness": _("the fewest days late"),
    }


def scored(objective: str) -> str:
    """What the figure of an objective counts."""
    return {
        "kept_promises": _("lines whole by their day"),
        "value": _("value covered by its day"),
        "full_orders": _("orders complete"),
        "lateness": _("weighted days late, by unit"),
    }[objective]


def how_pill(how: str) -> State:
    """What happens to a line, as a pill."""
    return {
        "gains": State("kept", "up", _("gains")),
        "loses": State("late", "down", _("loses")),
        "slips": State("late", "late", _("promise slips")),
        "pulls_in": State("kept", "kept", _("promise comes earlier")),
        "lacks": State("risk", "floor", _("floor not held")),
        "other_source": State("", "swap", _("other supply")),
    }[how]


def item_state(state: str) -> State:
    """How far an item of a run is, as a pill."""
    return {
        "proposed": State("", "wait", _("proposed")),
        "committed": State("kept", "kept", _("committed")),
        "refused": State("late", "late", _("left as it was")),
        "stopped": State("risk", "floor", _("stopped")),
    }[state]


def attribute_label(name: str) -> str:
    """What a filter or rank names, as people say it."""
    return _labels().get(name, name)


def attributes() -> list[tuple[str, str]]:
    """What segments can be built from: name and label, in the order of use."""
    return list(_labels().items())


def _labels() -> dict[str, str]:
    return {
        "customer": _("Customer (reference)"),
        "tier": _("Customer's tier"),
        "channel": _("Channel"),
        "country": _("Country"),
        "region": _("Region"),
        "tag:": _("Tag of the order"),
        "order:": _("Attribute of the order (key=value)"),
        "item:": _("Attribute of the item (key=value)"),
        "sku": _("Item (SKU)"),
        "location": _("Location"),
        "service": _("Delivery service"),
        "currency": _("Currency"),
        "priority": _("Priority"),
        "order_age_days": _("Days since ordered"),
        "days_late": _("Days late"),
        "promised_in_days": _("Days until promised"),
        "requested_in_days": _("Days until wanted"),
        "promised_on": _("Promised day"),
        "first_promised_on": _("First promised day"),
        "requested_on": _("Wanted day"),
        "ordered_at": _("Ordered at"),
        "units": _("Units owed"),
        "confirmed": _("Units confirmed"),
        "unit_price_minor": _("Unit price (pence, cents)"),
        "value_minor": _("Value (pence, cents)"),
        "is_paid": _("Is paid"),
        "is_hold": _("Is a cart's hold"),
        "unconfirmed": _("Is not all on the shelf"),
        "ships_together": _("Ships in one go"),
        "capture_before": _("Payment can be taken until"),
    }
