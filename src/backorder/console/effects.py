"""What a change would do, in the words of the person who is about to make it: sentences, and the lines behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.catalog import queries as catalog
from backorder.journal.refusals import Refused
from backorder.orders.deciding.rehearse import Affected, Effect, rehearse

from .refusals import said
from .templatetags.look import money

Answer = TypeVar("Answer")

SHOWN = 50
NOTHING = Effect(0, ())


@dataclass(frozen=True, slots=True)
class Seen:
    """An effect as a form shows it: how bad it is (a tone and an icon), sentences, and the first lines."""

    tone: str
    icon: str
    says: str
    more: Sequence[str]
    lines: Sequence[tuple[Affected, str]]
    hidden: int


def look_ahead(act: Callable[[], Answer], *, items: Iterable[int], actor: str) -> tuple[Answer | None, Seen, str]:
    """What `act` would answer and do, or why it would be refused (a sentence)."""
    try:
        answer, effect = rehearse(act, items=items, actor=actor)
    except Refused as refused:
        return None, seen(NOTHING), said(refused)
    return answer, seen(effect), ""


def seen(effect: Effect) -> Seen:
    """The effect in words: the worst first."""
    told = list(_sentences(effect))
    tone, icon = ("", "info")
    if effect.later or effect.losing:
        tone, icon = "late", "slip"
    elif effect.sooner:
        tone, icon = "kept", "up"
    names = catalog.current().items({line.item for line in effect.lines})
    lines = sorted(effect.lines, key=lambda line: (not line.is_later, not line.loses_units, not line.is_sooner))
    return Seen(
        tone=tone, icon=icon, says=told[0], more=told[1:],
        lines=[(line, names[line.item].sku) for line in lines[:SHOWN]], hidden=max(len(lines) - SHOWN, 0),
    )  # fmt: skip


def _sentences(effect: Effect) -> Iterable[str]:
    if not effect.lines:
        yield _("Nobody's date changes.") if effect.looked else _("Nobody waits for it or owns any of it.")
        return
    if later := effect.later:
        says = ngettext("%(n)s line would be later, %(worth)s.", "%(n)s lines would be later, %(worth)s.", len(later))
        yield says % {"n": len(later), "worth": worth(later)}
    if sooner := effect.sooner:
        says = ngettext("%(n)s line would come sooner, %(worth)s.", "%(n)s lines would come sooner, %(worth)s.",
                        len(sooner))  # fmt: skip
        yield says % {"n": len(sooner), "worth": worth(sooner)}
    if not later and not sooner:
        yield _("Nobody's date changes.")
    if kept := effect.looked - len(later) - len(sooner):
        yield ngettext("%(n)s line keeps its date.", "%(n)s lines keep their date.", kept) % {"n": kept}
    yield from _losses(effect)
    if customers := effect.customers:
        says = ngettext("%(n)s customer gets another date.", "%(n)s customers get another date.", customers)
        yield says % {"n": customers}


def _losses(effect: Effect) -> Iterable[str]:
    if losing := effect.losing:
        units = sum(line.was.allocated + line.was.released - line.now.allocated - line.now.released for line in losing)
        says = ngettext("%(n)s line gives units from the shelf back, %(units)s in all.",
                        "%(n)s lines give units from the shelf back, %(units)s in all.", len(losing))  # fmt: skip
        yield says % {"n": len(losing), "units": units}
    if wishes := sum(1 for line in effect.lines if line.breaks_wish):
        says = ngettext("%(n)s line would miss the day its customer asked for.",
                        "%(n)s lines would miss the day their customers asked for.", wishes)  # fmt: skip
        yield says % {"n": wishes}
    if bare := sum(1 for line in effect.lines if line.now.unsupplied > line.was.unsupplied):
        says = ngettext("%(n)s line would have no supply behind it.", "%(n)s lines would have no supply behind them.",
                        bare)  # fmt: skip
        yield says % {"n": bare}


def worth(lines: Iterable[Affected]) -> str:
    """What is owed of these lines, by currency."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.value_minor
    return " + ".join(money(sums[currency], currency) for currency in sorted(sums))
