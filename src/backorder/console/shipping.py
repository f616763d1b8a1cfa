"""The steps of a parcel: released to the warehouse, given back, confirmed as sent with what was missing."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backorder.journal.refusals import Refused, unknown
from backorder.orders.fulfilling import release as releasing
from backorder.orders.fulfilling import ship as sending
from backorder.orders.fulfilling.short_pick import short_pick
from backorder.orders.showing import parcels as data
from backorder.orders.showing.parcels import Parcel

from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address
from .refusals import said
from .ship import state
from .templatetags.look import count

MOST_UNDONE = 50
NAMED = 6

release = form("ship/release", name="ship-release", needs="orders:fulfil")


@release.asks
def ask_release(visit: Visit, given: Given) -> Ask:
    """What goes to the warehouse, and what may not and why."""
    found = picked(given)
    go = [one for one in found if one.allocated and not one.stops]
    stay = [one for one in found if one.allocated and one.stops]
    units = sum(one.allocated for one in go)
    says = [_("%(units)s units go to the warehouse; from then on nobody else can get them.") % {"units": count(units)}]
    says += [f"{one.reference}: {state(one, 'ready').word}" for one in stay[:NAMED]]
    if len(stay) > NAMED:
        says.append(_("and %(n)s more that may not leave") % {"n": len(stay) - NAMED})
    title = ngettext("Release %(n)s parcel", "Release %(n)s parcels", len(go)) % {"n": len(go)}
    return Ask(title, title, address("ship"), says=says, fields=[_kept(found)], icon="right")


@release.does
def do_release(visit: Visit, given: Given) -> Did:
    """Release what may be; what may not stays and is named."""
    found = [one for one in picked(given) if one.allocated]
    outcomes = releasing.release_all([(one.order, one.location_id) for one in found], actor=visit.actor)
    went = [one for one, outcome in zip(found, outcomes, strict=True) if not isinstance(outcome, Refused)]
    stayed = [said(outcome) for outcome in outcomes if isinstance(outcome, Refused)]
    if not went:
        raise Refused("nothing_to_release", stayed[0] if stayed else _("None of these can be released."), status=409)
    says = ngettext("Released %(n)s parcel.", "Released %(n)s parcels.", len(went)) % {"n": len(went)}
    if stayed:
        says += " " + ngettext("%(n)s stays: %(why)s", "%(n)s stay: %(why)s", len(stayed)) % {
            "n": len(stayed), "why": stayed[0],
        }  # fmt: skip
    if len(went) > MOST_UNDONE:
        return Did(says, address("ship-released"))
    fields = {"parcels": ",".join(one.key for one in went)}
    return Did(says, address("ship-released"), undo=address("ship-back"), fields=fields)


back = form("ship/back", name="ship-back", needs="orders:fulfil")


@back.asks
def ask_back(visit: Visit, given: Given) -> Ask:
    """What the warehouse gives back."""
    found = [one for one in picked(given) if one.released]
    units = sum(one.released for one in found)
    says = [_("%(units)s units stay their owners' and are on the shelf again; nothing was sent.")
            % {"units": count(units)}]  # fmt: skip
    title = ngettext("Give back %(n)s parcel", "Give back %(n)s parcels", len(found)) % {"n": len(found)}
    return Ask(title, title, address("ship-released"), says=says, fields=[_kept(found)], icon="undo")


@back.does
def do_back(visit: Visit, given: Given) -> Did:
    """Take them back from the warehouse."""
    found = [one for one in picked(given) if one.released]
    if not found:
        raise Refused("nothing_is_released", _("None of these is with the warehouse any more."), status=409)
    for one in found[:MOST_UNDONE]:
        lines = {line.line: line.released for line in one.lines if line.released}
        releasing.give_back(one.order, lines=lines, actor=visit.actor)
    says = ngettext("%(n)s parcel is on the shelf again.", "%(n)s parcels are on the shelf again.", len(found))
    fields = {"parcels": ",".join(one.key for one in found)}
    return Did(says % {"n": len(found)}, address("ship"), undo=address("ship-release"), fields=fields)


send = form("ship/send", name="ship-send", needs="orders:fulfil")


@send.asks
def ask_send(visit: Visit, given: Given) -> Ask:
    """What leaves, whole and without tracking."""
    found = [one for one in picked(given) if one.released]
    units = sum(one.released for one in found)
    says = [
        _("%(units)s units leave, all that was released. Customers are told.") % {"units": count(units)},
        _("Tracking, a part or something missing: confirm that parcel alone."),
    ]
    title = ngettext("Confirm %(n)s parcel as sent", "Confirm %(n)s parcels as sent", len(found)) % {"n": len(found)}
    return Ask(title, title, address("ship-released"), says=says, fields=[_kept(found)], icon="ship")


@send.does
def do_send(visit: Visit, given: Given) -> Did:
    """Send them, each order once; a second place of an order follows."""
    found = [one for one in picked(given) if one.released]
    token = given.text("token", longest=64) or uuid4().hex
    outcomes: list[int | Refused] = []
    while found:
        wave = list({one.order: one for one in reversed(found)}.values())
        parcels = [sending.Parcel(one.order, one.location_id, f"console/{token}/{one.key}") for one in wave]
        outcomes += sending.ship_all(parcels, actor=visit.actor)
        found = [one for one in found if one not in wave]
    refused = [one for one in outcomes if isinstance(one, Refused)]
    went = len(outcomes) - len(refused)
    if not went:
        raise Refused("nothing_to_ship", said(refused[0]) if refused else _("None of these can leave."), status=409)
    says = ngettext("%(n)s parcel left.", "%(n)s parcels left.", went) % {"n": went}
    if refused:
        says += " " + ngettext("%(n)s stays: %(why)s", "%(n)s stay: %(why)s", len(refused)) % {
            "n": len(refused), "why": said(refused[0]),
        }  # fmt: skip
    return Did(says, address("ship-sent"))


confirm = form("ship/<int:order>/<int:location>", name="ship-confirm", needs="orders:fulfil")


@confirm.asks
def ask_confirm(visit: Visit, given: Given, order: int, location: int) -> Ask:
    """What is in the parcel, what was missing, and its tracking number."""
    parcel = _parcel(order, location)
    lines = [line for line in parcel.lines if line.released]
    typed = [
        (line, given.values.get(f"s-{line.line}", str(line.released)), given.values.get(f"m-{line.line}", ""))
        for line in lines
    ]
    says = [_("What is missing waits again and keeps its place; what is neither sent nor missing stays here.")]
    fields = [Field("tracking", _("Tracking number"), required=False, most=200)]
    if ended := parcel.ended_at(visit.now):
        says.append(_("The law's last day is over since %(at)s, and the customer has not agreed to wait longer: it may "
                      "not leave. If it is gone all the same, say so: that is kept, and the money is owed back.")
                    % {"at": date_format(timezone.localtime(ended), "j M Y, H:i")})  # fmt: skip
        fields.append(Field("has_left", _("It has left already"), "check", required=False))
    return Ask(
        _("Send %(what)s from %(place)s") % {"what": parcel.reference, "place": parcel.location_name},
        _("Confirm as sent"), address("ship-released"), says=says, icon="ship", part="console/parcel_sheet.html",
        values={"lines": typed, "parcel": parcel},
        fields=fields,
    )  # fmt: skip


@confirm.does
def do_confirm(visit: Visit, given: Given, order: int, location: int) -> Did:
    """Correct what is missing first, then let the rest leave."""
    parcel = _parcel(order, location)
    key = given.text("token", longest=64) or uuid4().hex
    missing, leaving = _typed(given, parcel)
    for line, units in missing.items():
        short_pick(order, line=line, location=location, units=units, key=f"console/{key}/{line}", actor=visit.actor)
    says = []
    if leaving:
        tracking = given.text("tracking", longest=200)
        sending.ship(order, location=location, lines=leaving, tracking=tracking, key=f"console/{key}/{parcel.key}",
                     has_left=given.check("has_left"), actor=visit.actor)  # fmt: skip
        units = sum(leaving.values())
        left = ngettext("%(n)s unit of %(what)s left.", "%(n)s units of %(what)s left.", units)
        says.append(left % {"n": count(units), "what": parcel.reference})
    if missing:
        units = sum(missing.values())
        says.append(ngettext("%(n)s missing unit waits again.", "%(n)s missing units wait again.", units)
                    % {"n": count(units)})  # fmt: skip
    return Did(" ".join(says), address("ship-released"))


def _typed(given: Given, parcel: Parcel) -> tuple[dict[int, int], dict[int, int]]:
    """(missing units by line, leaving units by line); refused when they are more than was released, or nothing."""
    missing: dict[int, int] = {}
    leaving: dict[int, int] = {}
    for line in parcel.lines:
        if not line.released:
            continue
        gone = given.number(f"m-{line.line}", least=0) if given.text(f"m-{line.line}", longest=12) else 0
        goes = given.number(f"s-{line.line}", least=0) if given.text(f"s-{line.line}", longest=12) else 0
        if gone + goes > line.released:
            says = _("%(sku)s: %(n)s were released; sent and missing are more than that together.")
            raise invalid("tracking", says % {"sku": line.sku, "n": line.released})
        missing |= {line.line: gone} if gone else {}
        leaving |= {line.line: goes} if goes else {}
    if not missing and not leaving:
        raise invalid("tracking", _("Say of at least one unit that it leaves or is missing."))
    return missing, leaving


def _parcel(order: int, location: int) -> Parcel:
    found = [one for one in data.named([f"{order}-{location}"]) if one.released]
    if not found:
        raise unknown("parcel", f"{order}-{location}")
    return found[0]


def picked(given: Given) -> list[Parcel]:
    """The parcels that were picked in a list, or kept by a form; refused when none was, or too many."""
    keys = given.values.getlist("parcel") or given.text("parcels", longest=8_000).split(",")
    keys = [key for key in dict.fromkeys(keys) if key]
    if not keys:
        raise Refused("nothing_picked", _("Pick at least one parcel first."), field="parcel")
    if len(keys) > data.MOST_PICKED:
        raise Refused("too_many_picked", _("At most %(n)s at once.") % {"n": data.MOST_PICKED}, field="parcel",
                      value=len(keys), limit=data.MOST_PICKED)  # fmt: skip
    return data.named(keys)


def _kept(parcels: Sequence[Parcel]) -> Field:
    return Field("parcels", "", "hidden", ",".join(one.key for one in parcels))
