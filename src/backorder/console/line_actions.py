"""What can be done about lines that wait, one or many picked together: each form says first what it will do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.catalog import queries as catalog
from backorder.journal.refusals import Refused
from backorder.orders import reading
from backorder.orders.changing.cancel import cancel
from backorder.orders.changing.edit import Edit, edit
from backorder.orders.changing.pin import pin, unpin
from backorder.orders.changing.split import split
from backorder.orders.changing.substitute import substitute
from backorder.orders.deciding.redecide import redecide
from backorder.orders.showing import queue
from backorder.orders.showing.queue import Row
from backorder.supply import queries as supply

from . import effects
from .asking import Ask, Did, Field, Given, form, safe_back
from .door import Visit, address
from .templatetags.look import count, day, money

NEEDS = "orders:write"
LONGEST_REASON = 200
HIGHEST = 100
# Looking ahead locks the queues of the items for a moment; of more items than this only sums are told.
LOOKED_AHEAD = 10

repromise = form("lines/repromise", name="lines-repromise", needs=NEEDS)
priority = form("lines/priority", name="lines-priority", needs=NEEDS)
pinning = form("lines/pin", name="lines-pin", needs=NEEDS)
unpinning = form("lines/unpin", name="lines-unpin", needs=NEEDS)
splitting = form("lines/split", name="lines-split", needs=NEEDS)
substituting = form("lines/substitute", name="lines-substitute", needs=NEEDS)
cancelling = form("lines/cancel", name="lines-cancel", needs=NEEDS)


@dataclass(frozen=True, slots=True)
class Picked:
    """The lines a form is about; `only` is the line when it is one, `version` that of the order when it is one."""

    rows: tuple[Row, ...]
    version: int | None

    @property
    def only(self) -> Row | None:
        return self.rows[0] if len(self.rows) == 1 else None

    @property
    def items(self) -> list[int]:
        skus = {row.sku for row in self.rows}
        return [row.id for row in catalog.items_by_sku(skus).values()]

    @property
    def subject(self) -> str:
        """What a change of somebody else's would be told about."""
        return f"order/{self.rows[0].order}" if self.version is not None else ""

    def by_order(self) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.order].append(row)
        return found

    def hidden(self, back: str) -> list[Field]:
        """What the form sends along: the lines and where to go back to."""
        return [*(Field("line", "", "hidden", str(row.id)) for row in self.rows), Field("back", "", "hidden", back)]

    def says(self) -> str:
        """`3 lines of 2 orders, £953.65`."""
        if self.only:
            row = self.only
            said = _("%(units)s of %(item)s for %(who)s, %(order)s.")
            return said % {"units": count(row.open), "item": row.item, "who": row.customer or row.channel,
                           "order": row.reference}  # fmt: skip
        lines = ngettext("%(n)s line", "%(n)s lines", len(self.rows)) % {"n": len(self.rows)}
        orders = ngettext("%(n)s order", "%(n)s orders", len(self.by_order())) % {"n": len(self.by_order())}
        return _("%(lines)s of %(orders)s, %(worth)s.") % {"lines": lines, "orders": orders, "worth": worth(self.rows)}


# -- decide again ------------------------------------------------------------------------------------------------------


@repromise.asks
def ask_repromise(visit: Visit, given: Given) -> Ask:
    """Decide the items anew, by the rules that stand: nobody loses what was confirmed."""
    picked = _picked(visit, given)
    seen = _look_ahead(visit, picked, lambda: 0)
    return _asked(
        visit, given, picked, seen,
        title=_("Decide again?"),
        button=_("Re-promise"),
        icon="cal",
        more=[_("The items of these lines are decided anew. Units that are free go to whoever is first; "
                "nobody loses what was confirmed.")],
    )  # fmt: skip


@repromise.does
def do_repromise(visit: Visit, given: Given) -> Did:
    """Decide now."""
    picked = _picked(visit, given)
    changed = redecide(picked.items, cause="asked", actor=visit.actor)
    said = ngettext("Decided again: %(n)s promise changed.", "Decided again: %(n)s promises changed.", changed)
    return Did(said % {"n": changed} if changed else _("Decided again: nothing changed."), back_of(visit))


# -- priority ----------------------------------------------------------------------------------------------------------


@priority.asks
def ask_priority(visit: Visit, given: Given) -> Ask:
    """A higher number goes first."""
    picked = _picked(visit, given)
    now = {row.priority for row in picked.rows}
    held = ", ".join(str(one) for one in sorted(now))
    return _asked(
        visit, given, picked, None,
        title=_("Change the priority"),
        button=_("Change priority"),
        icon="up",
        more=[_("Now %(held)s. A higher number goes before all lines with a lower one, whatever they were promised; "
                "units that others have on the shelf are not taken from them.") % {"held": held}],
        fields=[Field("priority", _("Priority"), "units", held if len(now) == 1 else "", least=-HIGHEST, most=HIGHEST,
                      hint=_("From −100 to 100; usually 0."))],
    )  # fmt: skip


@priority.does
def do_priority(visit: Visit, given: Given) -> Did:
    """Set it on every picked line."""
    picked = _picked(visit, given)
    wanted = given.number("priority", least=-HIGHEST, most=HIGHEST)
    before = {row.priority for row in picked.rows}
    for order, rows in picked.by_order().items():
        change = Edit(lines={row.id: {"priority": wanted} for row in rows})
        edit(order, change, version=_version(picked, given), actor=visit.actor)
    said = ngettext("Priority of %(n)s line is %(to)s.", "Priority of %(n)s lines is %(to)s.", len(picked.rows))
    did = Did(said % {"n": len(picked.rows), "to": wanted}, back_of(visit))
    if len(before) > 1:
        return did
    return Did(did.says, did.to, undo=_again("lines-priority", picked), fields={"priority": str(before.pop())})


# -- pin ---------------------------------------------------------------------------------------------------------------


@pinning.asks
def ask_pin(visit: Visit, given: Given) -> Ask:
    """Choose one of the item's deliveries."""
    picked = _of_one_item(_picked(visit, given))
    mine = {one.id: one.units for row in picked.rows for one in row.arrivals}
    coming = supply.supplies_of(picked.items[0])
    offered = [
        (str(one.id), f"{one.reference}, {day(one.eta, visit.now.date())}", _free(one.free, mine.get(one.id, 0)))
        for one in coming
    ]
    says = [] if offered else [_("Nothing of this item is on its way.")]
    return _asked(
        visit, given, picked, None,
        title=_("Pin to a delivery"),
        button=_("Pin"),
        icon="pin",
        more=[*says, _("Pinned units wait for this delivery, whatever happens, until they are unpinned. "
                       "What others were promised is not taken.")],
        fields=[Field("supply", _("Delivery"), "choice", options=offered)],
    )  # fmt: skip


@pinning.does
def do_pin(visit: Visit, given: Given) -> Did:
    """Pin each line as far as it goes; one that cannot be pinned at all refuses all."""
    picked = _of_one_item(_picked(visit, given))
    wanted = given.number("supply", most=2**62)
    pinned = sum(
        pin(row.order, line=row.id, supply=wanted, actor=visit.actor, version=_version(picked, given))
        for row in picked.rows
    )
    said = ngettext("%(n)s unit is pinned to %(what)s.", "%(n)s units are pinned to %(what)s.", pinned)
    what = supply.supply(wanted).reference
    return Did(said % {"n": pinned, "what": what}, back_of(visit), undo=_again("lines-unpin", picked))


@unpinning.asks
def ask_unpin(visit: Visit, given: Given) -> Ask:
    """Let them go with the queue again."""
    return _asked(
        visit, given, _picked(visit, given), None,
        title=_("Unpin?"),
        button=_("Unpin"),
        icon="pin",
        more=[_("The units are decided with the others again; they may come from another delivery.")],
    )  # fmt: skip


@unpinning.does
def do_unpin(visit: Visit, given: Given) -> Did:
    """Unpin each line."""
    picked = _picked(visit, given)
    units = sum(unpin(row.order, line=row.id, actor=visit.actor) for row in picked.rows)
    return Did(ngettext("%(n)s unit is unpinned.", "%(n)s units are unpinned.", units) % {"n": units}, back_of(visit))


# -- split -------------------------------------------------------------------------------------------------------------


@splitting.asks
def ask_split(visit: Visit, given: Given) -> Ask:
    """How many units become a line of their own?"""
    picked = _only(_picked(visit, given), _("Split one line at a time."))
    row = picked.rows[0]
    most = min(row.open, row.open + row.allocated + row.released - 1)
    return _asked(
        visit, given, picked, None,
        title=_("Split the line"),
        button=_("Split"),
        icon="cut",
        more=[_("The units that come last become a line of their own with the same place in the queue. "
                "Nothing that was promised changes, and nobody is told.")],
        fields=[Field("units", _("Units to split off"), "units", str(most), most=max(most, 1),
                      hint=_("At most %(n)s: one stays on the line.") % {"n": max(most, 0)})],
    )  # fmt: skip


@splitting.does
def do_split(visit: Visit, given: Given) -> Did:
    """Split it."""
    picked = _only(_picked(visit, given), _("Split one line at a time."))
    row = picked.rows[0]
    units = given.number("units", least=-(2**31), most=2**31)
    split(row.order, line=row.id, units=units, actor=visit.actor, version=_version(picked, given))
    said = ngettext("%(n)s unit is a line of its own.", "%(n)s units are a line of their own.", units)
    return Did(said % {"n": units}, back_of(visit))


# -- another item instead ----------------------------------------------------------------------------------------------


@substituting.asks
def ask_substitute(visit: Visit, given: Given) -> Ask:
    """Choose one of the item's substitutes; the customer must have agreed."""
    picked = _of_one_item(_picked(visit, given))
    row = picked.rows[0]
    offered = _instead(picked)
    says = [] if offered else [_("%(sku)s has no substitutes. A planner can name some on its page.") % {"sku": row.sku}]
    return _asked(
        visit, given, picked, None,
        title=_("Send another item instead"),
        button=_("Substitute"),
        icon="swap",
        more=[*says, _("All units that wait are replaced. The new line is promised by what there is of the other item, "
                       "and the price changes by the difference shown.")],
        fields=[
            Field("sku", _("Instead"), "choice", options=offered),
            Field("consent", _("The customer agreed"), "check", required=False),
        ],
    )  # fmt: skip


@substituting.does
def do_substitute(visit: Visit, given: Given) -> Did:
    """Replace what waits of each line."""
    picked = _of_one_item(_picked(visit, given))
    sku = given.choice("sku", [value for value, _label, _hint in _instead(picked)])
    for row in picked.rows:
        substitute(
            row.order, line=row.id, sku=sku, consent=given.check("consent"), actor=visit.actor,
            version=_version(picked, given),
        )  # fmt: skip
    said = ngettext("%(n)s line gets %(sku)s instead.", "%(n)s lines get %(sku)s instead.", len(picked.rows))
    return Did(said % {"n": len(picked.rows), "sku": sku}, back_of(visit))


# -- cancel ------------------------------------------------------------------------------------------------------------


@cancelling.asks
def ask_cancel(visit: Visit, given: Given) -> Ask:
    """How many units, and why."""
    picked = _picked(visit, given)
    fields = []
    if row := picked.only:
        most = row.open + row.allocated
        fields = [Field("units", _("Units to cancel"), "units", str(row.open), most=most)]
    seen = _look_ahead(visit, picked, lambda: _cancel(visit, picked, None, ""))
    return _asked(
        visit, given, picked, seen,
        title=_("Cancel units?"),
        button=_("Cancel %(worth)s") % {"worth": worth(picked.rows)} if not picked.only else _("Cancel units"),
        icon="x",
        danger=True,
        more=[_("This cannot be undone: units ordered again get a new place at the end of the queue.")],
        fields=[*fields, Field("reason", _("Reason"), most=LONGEST_REASON, required=False,
                               hint=_("The customer may read it."))],
    )  # fmt: skip


@cancelling.does
def do_cancel(visit: Visit, given: Given) -> Did:
    """Cancel them."""
    picked = _picked(visit, given)
    units = given.number("units", least=-(2**31), most=2**31) if picked.only else None
    reason = given.text("reason", longest=LONGEST_REASON)
    cancelled = _cancel(visit, picked, units, reason, version=_version(picked, given))
    said = ngettext("%(n)s unit is cancelled.", "%(n)s units are cancelled.", cancelled) % {"n": count(cancelled)}
    return Did(said, back_of(visit))


def _cancel(visit: Visit, picked: Picked, units: int | None, reason: str, *, version: int | None = None) -> int:
    cancelled = 0
    for order, rows in picked.by_order().items():
        wanted = {row.id: row.open if units is None else units for row in rows}
        cancelled += sum(cancel(order, lines=wanted, reason=reason, actor=visit.actor, version=version).values())
    return cancelled


# -- what is picked ----------------------------------------------------------------------------------------------------


def _picked(visit: Visit, given: Given) -> Picked:
    rows = queue.lines(given.ids("line"), now=visit.now)
    if not rows:
        raise Refused("nothing_picked", _("None of these lines waits any more. Pick lines of the list."), status=409)
    orders = {row.order for row in rows}
    return Picked(tuple(rows), reading.order_version(orders.pop()) if len(orders) == 1 else None)


def _of_one_item(picked: Picked) -> Picked:
    if len({row.sku for row in picked.rows}) > 1:
        raise several_items()
    return picked


def several_items() -> Refused:
    """The refusal of what can be done to lines of one item only."""
    return Refused("several_items_picked", _("Pick lines of one item: these are of several."), status=409)


def _only(picked: Picked, says: str) -> Picked:
    if picked.only is None:
        raise Refused("several_lines_picked", says, status=409)
    return picked


def _version(picked: Picked, given: Given) -> int | None:
    """The version that was seen, where all is about one order and is done in one step."""
    return given.version if picked.version is not None and len(picked.rows) == 1 else None


def _asked(
    visit: Visit, given: Given, picked: Picked, seen: tuple[effects.Seen | None, str] | None, *, title: str,
    button: str, icon: str, more: Sequence[str], fields: Sequence[Field] = (), danger: bool = False,
) -> Ask:  # fmt: skip
    back = back_of(visit)
    effect, trouble = seen or (None, "")
    values: dict[str, Any] = {"seen": effect, "today": visit.now.date()}
    return Ask(
        title=title,
        button=button,
        back=back,
        says=[picked.says(), *more, *([trouble] if trouble else [])],
        fields=[*fields, *picked.hidden(back)],
        danger=danger,
        subject=picked.subject,
        version=given.version or picked.version,
        icon=icon,
        part="console/effect.html" if effect else "",
        values=values,
    )


def _look_ahead(visit: Visit, picked: Picked, act: Callable[[], Any]) -> tuple[effects.Seen | None, str]:
    if len(picked.items) > LOOKED_AHEAD:
        return None, ""
    _answer, seen, trouble = effects.look_ahead(act, items=picked.items, actor=visit.actor)
    return (None if trouble else seen), trouble


def _instead(picked: Picked) -> list[tuple[str, str, str]]:
    return instead_of(picked.items[0], picked.rows[0].currency)


def instead_of(item: int, currency: str) -> list[tuple[str, str, str]]:
    """The substitutes of an item as the options of a form."""
    others = catalog.substitutes(item)
    named = catalog.items([one for one, _difference in others])
    return [(named[one].sku, named[one].name, _difference_says(difference, currency)) for one, difference in others]


def _difference_says(difference: int, currency: str) -> str:
    if not difference:
        return _("the same price")
    said = _("%(money)s more each") if difference > 0 else _("%(money)s less each")
    return said % {"money": money(abs(difference), currency)}


def _free(free: int, mine: int) -> str:
    said = _("%(free)s free") % {"free": count(free)}
    return said + ", " + _("%(mine)s its own already") % {"mine": count(mine)} if mine else said


def worth(rows: Sequence[Row]) -> str:
    """What waits of these lines, by currency."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.currency] += row.value_minor
    return " + ".join(money(sums[currency], currency) for currency in sorted(sums))


def back_of(visit: Visit) -> str:
    """The page that a form about lines was opened on."""
    return safe_back(visit, address("backorders"))


def _again(name: str, picked: Picked) -> str:
    """The address of a form about the same lines."""
    return f"{address(name)}?{urlencode([('line', row.id) for row in picked.rows])}"
