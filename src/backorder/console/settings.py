"""Settings: how the installation does, who may call it, where it tells news, the places and their days, the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.access import keys, staff
from backorder.access.keys import SCOPES
from backorder.catalog import define, queries
from backorder.catalog import reading as catalog
from backorder.catalog.specs import RELEASES, CalendarSpec, LocationSpec
from backorder.journal import feed, follow
from backorder.journal.refusals import Refused
from backorder.notices import deliveries, webhooks
from backorder.orders import reading as orders
from backorder.orders.placing.channels import define_channel
from backorder.stock import marks

from .asking import Ask, Did, Field, Given, form, invalid
from .door import Visit, address, page
from .facts import say
from .refusals import said
from .states import State
from .words import actor_name

LAG_WARN_SECONDS = 30.0
DEAD_SHOWN = 20
ENTRIES = 50
MOST_DAYS = 500
MOST_HOLD_MINUTES = 43_200  # Thirty days.


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and how it stands."""

    name: str
    state: State
    says: str


@page("settings", name="settings", needs="orders:read")
def health(visit: Visit) -> HttpResponseBase:
    """How the installation does."""
    found = list(_checks())
    well = all(one.state.tone == "kept" for one in found)
    return show(visit, "settings_health.html", _("Settings"), checks=found, well=well)


def _checks() -> Sequence[Check]:
    ok, warn = State("kept", "kept", _("Fine")), State("late", "late", _("Look at it"))
    waiting = marks.count()
    found = [Check(_("Decisions"), ok, _("%(n)s items wait to be decided again") % {"n": waiting})]
    for name, seconds in sorted(follow.lags().items()):
        late = seconds > LAG_WARN_SECONDS
        says = _("%(n)s s behind; is the worker running?") if late else _("keeps up, %(n)s s behind")
        found.append(Check(readers().get(name, name), warn if late else ok, says % {"n": round(seconds)}))
    dead = len(deliveries.list_deliveries(state="dead", limit=DEAD_SHOWN + 1))
    shown = f"{DEAD_SHOWN}+" if dead > DEAD_SHOWN else str(dead)
    says = _("%(n)s messages to connected systems were given up") % {"n": shown}
    found.append(Check(_("Connected systems"), warn if dead else ok, says))
    return found


def readers() -> dict[str, str]:
    """Who reads the journal, in words."""
    return {
        "delay": _("Delay law"), "notices": _("News for customers"), "payments": _("Money of orders"),
        "webhooks": _("News for connected systems"),
    }  # fmt: skip


@page("settings/journal", name="settings-journal", needs="orders:read")
def journal(visit: Visit) -> HttpResponseBase:
    """The journal: everything that happened, searchable, the newest first."""
    asked = visit.request.GET
    names = ("fact", "subject", "who", "since", "until")
    given = {name: asked.get(name, "").strip().replace("\x00", "")[:100] for name in names}
    after = asked.get("after") or None
    since, until = _instant(given["since"]), _instant(given["until"])
    if given["subject"]:
        found = feed.of_subject(given["subject"], after=after, limit=ENTRIES)
    else:
        found = feed.search(
            facts=[given["fact"]] if given["fact"] else (), actor=given["who"] or None, since=since,
            until=until + timedelta(days=1) if until else None, after=after, limit=ENTRIES,
        )  # fmt: skip
    people = staff.names({one.actor for one in found.entries})
    entries = [(one, say(one), actor_name(one.actor, people), list(one.body.items())) for one in found.entries]
    return show(visit, "settings_journal.html", _("Journal"), entries=entries, given=given, next=found.after)


@page("settings/keys", name="settings-keys", needs="admin", methods=("GET", "POST"))
def api_keys(visit: Visit) -> HttpResponseBase:
    """The keys of connected systems. A new one is shown once, on the answer to its form, and kept nowhere."""
    made, refused = "", ""
    given = visit.request.POST
    if visit.request.method == "POST":
        try:
            made = keys.create(name=given.get("name", ""), scopes=given.getlist("scopes"), actor=visit.actor)
        except Refused as no:
            refused = said(no)
    return show(
        visit, "settings_keys.html", _("Keys"), keys=keys.list_keys(), made=made, refused=refused,
        scopes=sorted(SCOPES), typed=given.get("name", "") if refused else "",
    )  # fmt: skip


revoke = form("settings/keys/<str:prefix>/revoke", name="settings-key-revoke", needs="admin")


@revoke.asks
def ask_revoke(visit: Visit, given: Given, prefix: str) -> Ask:
    """End a key for good."""
    says = [_("Whatever uses it is refused within seconds. This cannot be undone.")]
    title = _("End the key bo_%(prefix)s?") % {"prefix": prefix}
    return Ask(title, _("End it"), address("settings-keys"), says=says, danger=True)


@revoke.does
def do_revoke(visit: Visit, given: Given, prefix: str) -> Did:
    """It ends."""
    keys.revoke(prefix, actor=visit.actor)
    return Did(_("The key bo_%(prefix)s has ended.") % {"prefix": prefix}, address("settings-keys"))


@page("settings/webhooks", name="settings-webhooks", needs="webhooks", methods=("GET", "POST"))
def hooks(visit: Visit) -> HttpResponseBase:
    """The addresses that are told news, and what they did not take. A new one's secret is shown once."""
    made, refused = "", ""
    given = visit.request.POST
    if visit.request.method == "POST":
        try:
            facts = given.get("facts", "").replace(",", " ").split()
            made = webhooks.register(url=given.get("url", "").strip(), facts=facts, actor=visit.actor).secret
        except Refused as no:
            refused = said(no)
    return show(
        visit, "settings_webhooks.html", _("Webhooks"), endpoints=webhooks.list_endpoints(), made=made,
        refused=refused, dead=deliveries.list_deliveries(state="dead", limit=DEAD_SHOWN), typed=given,
    )  # fmt: skip


hook = form("settings/webhooks/<int:webhook>/<str:what>", name="settings-webhook", needs="webhooks")


@hook.asks
def ask_hook(visit: Visit, given: Given, webhook: int, what: str) -> Ask:
    """Switch an address off or on, try it, send again what it did not take, or forget it."""
    url = webhooks.endpoint(webhook).url
    titles = {
        "off": _("Send nothing to %(url)s any more?"), "on": _("Send news to %(url)s again?"),
        "try": _("Send a test message to %(url)s?"), "resend": _("Send again what %(url)s did not take?"),
        "forget": _("Forget %(url)s and all its messages?"),
    }  # fmt: skip
    if what not in titles:
        raise Refused("unknown_action", _("There is no such action."), status=404)
    return Ask(titles[what] % {"url": url}, _("Do it"), address("settings-webhooks"), danger=what in ("off", "forget"))


@hook.does
def do_hook(visit: Visit, given: Given, webhook: int, what: str) -> Did:
    """Do it."""
    to = address("settings-webhooks")
    if what in ("off", "on"):
        webhooks.change(webhook, active=what == "on", actor=visit.actor)
        other = "on" if what == "off" else "off"
        return Did(_("Saved."), to, undo=address("settings-webhook", webhook, other))
    if what == "try":
        deliveries.send_test(webhook)
        return Did(_("A test message is on its way."), to)
    if what == "resend":
        n = deliveries.resend_dead(webhook)
        return Did(_("%(n)s messages are sent again.") % {"n": n}, to)
    if what != "forget":
        raise Refused("unknown_action", _("There is no such action."), status=404)
    webhooks.remove(webhook, actor=visit.actor)
    return Did(_("It is forgotten."), to)


@page("settings/places", name="settings-places", needs="catalog:read")
def places(visit: Visit) -> HttpResponseBase:
    """Locations, calendars, channels and delivery services."""
    return show(
        visit, "settings_places.html", _("Places and days"), locations=catalog.locations(),
        calendars=catalog.calendars(), services=catalog.services(), channels=orders.channels(),
        releases=release_modes(), may_change=visit.may("catalog:write"), weekdays=weekdays(),
    )  # fmt: skip


location = form("settings/places/<str:code>", name="settings-location", needs="catalog:write")


@location.asks
def ask_location(visit: Visit, given: Given, code: str) -> Ask:
    """How goods pass through a place."""
    spec = _location(code)
    calendars = [(one.code, one.code, one.zone) for one in catalog.calendars()]
    shown = [
        Field("name", _("Name"), value=spec.name),
        Field("calendar", _("Working days"), "choice", spec.calendar, options=calendars),
        Field("cut_off", _("Orders after this time leave a day later"), value=f"{spec.cut_off:%H:%M}"),
        Field("receiving_days", _("Days to put goods away"), "units", str(spec.receiving_days), least=0),
        Field("processing_days", _("Days to pack"), "units", str(spec.processing_days), least=0),
        Field("release", _("Parcels go to the warehouse"), "choice", spec.release,
              options=[(value, said, "") for value, said in release_modes().items()]),
    ]  # fmt: skip
    says = [_("Promises made from now on count with this; those made before move when something else moves them.")]
    title = _("Change %(place)s") % {"place": spec.name}
    return Ask(title, _("Save"), address("settings-places"), says=says, fields=shown)


@location.does
def do_location(visit: Visit, given: Given, code: str) -> Did:
    """Save it; the undo puts back what was there."""
    before = _location(code)
    after = replace(
        before, name=given.text("name", longest=200, required=True),
        calendar=given.choice("calendar", [one.code for one in catalog.calendars()]), cut_off=_clock(given),
        receiving_days=given.number("receiving_days", least=0, most=90),
        processing_days=given.number("processing_days", least=0, most=90),
        release=given.choice("release", RELEASES),
    )  # fmt: skip
    define.define_location(after, actor=visit.actor)
    was = {
        "name": before.name, "calendar": before.calendar, "cut_off": f"{before.cut_off:%H:%M}",
        "receiving_days": str(before.receiving_days), "processing_days": str(before.processing_days),
        "release": before.release,
    }  # fmt: skip
    says = _("%(place)s is saved.") % {"place": after.name}
    return Did(says, address("settings-places"), undo=address("settings-location", code), fields=was)


calendar = form("settings/calendars/<str:code>", name="settings-calendar", needs="catalog:write")


@calendar.asks
def ask_calendar(visit: Visit, given: Given, code: str) -> Ask:
    """The days on which it is closed, or opened though it usually is not."""
    spec = _calendar(code)
    hint = _("Days like 2026-12-24, with spaces between them.")
    shown = [
        Field("closed_on", _("Closed on"), "long", _days(spec.closed_on), hint=hint, required=False),
        Field("opened_on", _("Open on, though usually not"), "long", _days(spec.opened_on), hint=hint, required=False),
    ]
    says = [_("Public holidays of %(country)s are closed by themselves.") % {"country": spec.holiday_country}]
    return Ask(
        _("Days of %(calendar)s") % {"calendar": code}, _("Save"), address("settings-places"),
        says=says if spec.holiday_country else [], fields=shown,
    )  # fmt: skip


@calendar.does
def do_calendar(visit: Visit, given: Given, code: str) -> Did:
    """Save them; the undo puts back what was there."""
    before = _calendar(code)
    after = replace(before, closed_on=_read_days(given, "closed_on"), opened_on=_read_days(given, "opened_on"))
    define.define_calendar(after, actor=visit.actor)
    was = {"closed_on": _days(before.closed_on), "opened_on": _days(before.opened_on)}
    says = _("The days of %(calendar)s are saved.") % {"calendar": code}
    return Did(says, address("settings-places"), undo=address("settings-calendar", code), fields=was)


channel = form("settings/channels/<str:code>", name="settings-channel", needs="catalog:write")


@channel.asks
def ask_channel(visit: Visit, given: Given, code: str) -> Ask:
    """How orders of a channel are sourced and sent."""
    one = _channel(code)
    services = [(service.code, service.name, "") for service in catalog.services() if service.active]
    shown = [
        Field("name", _("Name"), value=one.name),
        Field("service", _("Usual delivery service"), "choice", one.service or "", options=[("", "–", ""), *services],
              required=False),
        Field("sourcing", _("Goods are taken from"), "choice", one.sourcing,
              options=[(value, says, "") for value, says in sourcings().items()]),
        Field("hold_minutes", _("A cart is held for, minutes"), "units", str(one.hold_minutes), most=MOST_HOLD_MINUTES),
        Field("active", _("Takes orders"), "check", "1" if one.active else "", required=False),
    ]  # fmt: skip
    says = [_("It counts for orders from now on.")]
    return Ask(_("Change %(place)s") % {"place": one.name}, _("Save"), address("settings-places"), says=says,
               fields=shown)  # fmt: skip


@channel.does
def do_channel(visit: Visit, given: Given, code: str) -> Did:
    """Save it; the undo puts back what was there."""
    before = _channel(code)
    service = given.choice("service", [one.code for one in catalog.services()]) if given.text("service") else ""
    define_channel(
        code, name=given.text("name", longest=200, required=True), sourcing=given.choice("sourcing", list(sourcings())),
        hold_minutes=given.number("hold_minutes", most=MOST_HOLD_MINUTES), active=given.check("active"),
        service_id=queries.service(service).id if service else None, actor=visit.actor,
    )  # fmt: skip
    was = {"name": before.name, "service": before.service or "", "sourcing": before.sourcing,
           "hold_minutes": str(before.hold_minutes), **({"active": "1"} if before.active else {})}  # fmt: skip
    says = _("%(place)s is saved.") % {"place": given.text("name")}
    return Did(says, address("settings-places"), undo=address("settings-channel", code), fields=was)


def sourcings() -> dict[str, str]:
    """From which of several places an order is sent."""
    return {
        "fewest_splits": _("the place that has all of it"),
        "ordered": _("the first place in the list that has some"),
        "most_available": _("the place that has most"),
    }


def release_modes() -> dict[str, str]:
    """When parcels of a place go to the warehouse."""
    return {
        "by_hand": _("When somebody releases them"),
        "when_complete": _("When the order is complete"),
        "when_any": _("As soon as units are there"),
    }


def weekdays() -> list[str]:
    """Monday to Sunday, short."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def tabs(visit: Visit) -> list[tuple[str, str, bool]]:
    """Where one can go among settings: address, label, whether one is there."""
    here = visit.request.path
    stops = [
        ("settings", _("Health"), "orders:read"), ("jobs", _("Jobs"), "orders:read"),
        ("settings-journal", _("Journal"), "orders:read"), ("policies", _("Policies"), "catalog:read"),
        ("settings-places", _("Places and days"), "catalog:read"), ("files", _("Files"), "orders:read"),
        ("settings-people", _("People"), "admin"),
        ("settings-keys", _("Keys"), "admin"), ("settings-webhooks", _("Webhooks"), "webhooks"),
    ]  # fmt: skip
    return [(address(name), label, here == address(name)) for name, label, scope in stops if visit.may(scope)]


def show(visit: Visit, template: str, title: str, **values: Any) -> HttpResponseBase:
    """A page of the settings, with the tabs of all of them."""
    return visit.render(f"console/{template}", title=title, settings_tabs=tabs(visit), **values)


def _location(code: str) -> LocationSpec:
    found = catalog.locations(code)
    if not found:
        raise Refused("unknown_location", _("There is no such place."), status=404, field="location", value=code)
    return found[0]


def _channel(code: str) -> orders.ChannelView:
    found = orders.channels(code)
    if not found:
        raise Refused("unknown_channel", _("There is no such channel."), status=404, field="channel", value=code)
    return found[0]


def _calendar(code: str) -> CalendarSpec:
    found = catalog.calendars(code)
    if not found:
        raise Refused("unknown_calendar", _("There is no such calendar."), status=404, field="calendar", value=code)
    return found[0]


def _clock(given: Given) -> time:
    try:
        return time.fromisoformat(given.text("cut_off", longest=5, required=True))
    except ValueError:
        raise invalid("cut_off", _("Write the time like 14:00.")) from None


def _days(days: Sequence[date]) -> str:
    return " ".join(day.isoformat() for day in days)


def _read_days(given: Given, name: str) -> tuple[date, ...]:
    words = given.text(name, longest=12 * MOST_DAYS).replace(",", " ").split()
    try:
        return tuple(sorted({date.fromisoformat(word) for word in words}))
    except ValueError:
        raise invalid(name, _("Write the day like 2026-12-24.")) from None


def _instant(given: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(given), time(), UTC)
    except ValueError:
        return None
