"""The merchant's own words for notices: which kinds are told, and in which words, checked before they speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.access import staff
from backorder.journal.refusals import Refused
from backorder.notices import queries, templates
from backorder.notices.kinds import kind as kind_of
from backorder.notices.templates import TemplateRow
from backorder.notices.wording.checking import BODY_CHARACTERS, SMS_CHARACTERS, SUBJECT_CHARACTERS
from backorder.notices.wording.templates import Wording
from backorder.orders import reading

from . import toasts
from .asking import Ask, Did, Given, form, invalid
from .door import Visit, address, page
from .messages import READS, WRITES, sandboxed
from .messages_words import element_name, kind_name, languages, template_states
from .words import actor_name

VERSIONS_SHOWN = 20
LIVE_READ = 500


@dataclass(frozen=True, slots=True)
class KindShown:
    """A kind of notice with the languages in which the merchant's own words speak."""

    kind: queries.KindRow
    name: str
    live: Sequence[tuple[str, str, bool]]


@page("messages/templates", name="templates", needs=READS)
def kinds(visit: Visit) -> HttpResponseBase:
    """Every kind of notice, whether it is told, and in whose words."""
    live = {(one.kind, one.language) for one in templates.templates(limit=LIVE_READ) if one.state == "live"}
    spoken = languages().items()
    shown = [
        KindShown(one, kind_name(one.kind), [(code, word, (one.kind, code) in live) for code, word in spoken])
        for one in queries.kinds()
    ]
    return visit.render(
        "console/templates.html", title=_("Messages"), kinds=shown, may=visit.may(WRITES), section="templates"
    )  # fmt: skip


@page(
    "messages/templates/<str:kind>/<str:language>", name="template", needs=READS, methods=("GET", "POST")
)  # fmt: skip
def template(visit: Visit, kind: str, language: str) -> HttpResponseBase:
    """The words of a kind in a language: written, looked at with samples or a real order, checked, kept as a draft."""
    _check(kind, language)
    given = visit.request.POST
    version = _version(visit)
    words = _typed(Given(given)) if visit.request.method == "POST" else _words(kind, version)
    if given.get("do") == "save" and visit.may(WRITES):
        try:
            made = templates.draft(
                kind_name=kind, language=language, subject=words.subject, body=words.body, sms=words.sms,
                note=Given(given).text("note", longest=500), actor=visit.actor,
            )  # fmt: skip
        except Refused as refused:
            return _show(visit, kind, language, words, version, refused=refused)
        said = _("Kept as version %(n)s, a draft. It does not speak yet.") % {"n": made.version}
        toasts.give(visit.request, toasts.Toast(said))
        return HttpResponseRedirect(f"{address('template', kind, language)}?version={made.id}")
    return _show(visit, kind, language, words, version)


def _check(kind: str, language: str) -> None:
    kind_of(kind)
    if language not in languages():
        raise Refused("unknown_language", _("Notices do not speak this language."), status=404, field="language")


def _version(visit: Visit) -> TemplateRow | None:
    wanted = visit.request.GET.get("version", "")
    return templates.template(int(wanted)) if wanted.isdecimal() and len(wanted) < 19 else None


def _words(kind: str, version: TemplateRow | None) -> Wording:
    if version is not None:
        return Wording(version.subject, version.body, version.sms, "kept")
    return templates.words_of(kind)


def _typed(given: Given) -> Wording:
    # Browsers send lines with \r\n; words are kept with \n.
    body = given.text("body", longest=2 * BODY_CHARACTERS).replace("\r\n", "\n")
    subject, sms = given.text("subject", longest=2 * SUBJECT_CHARACTERS), given.text("sms", longest=2 * SMS_CHARACTERS)
    return Wording(subject, body, sms, "preview")


def _show(
    visit: Visit, kind: str, language: str, words: Wording, version: TemplateRow | None, refused: Refused | None = None
) -> HttpResponse:
    order = (visit.request.POST.get("order") or visit.request.GET.get("order", "")).strip()[:100]
    looked: list[templates.Preview] = []
    if refused is None:
        try:
            looked = _preview(words, kind, language, order)
        except Refused as no:
            refused = no
    versions = templates.templates(kind_name=kind, language=language, limit=VERSIONS_SHOWN)
    names = staff.names({one.made_by for one in versions})
    states = template_states()
    return visit.render(
        "console/template.html",
        status=422 if refused and visit.request.method == "POST" else 200,
        title=_("%(kind)s in %(language)s") % {"kind": kind_name(kind), "language": languages()[language]},
        kind=kind,
        language=language,
        says=kind_of(kind),
        words=words,
        order=order,
        looked=[(one, [element_name(element) for element in one.elements]) for one in looked],
        refusal=refused,
        missing=_missing(refused),
        versions=[(one, states[one.state], actor_name(one.made_by, names)) for one in versions],
        version=version,
        state=states[version.state] if version else None,
        may=visit.may(WRITES),
        most={"subject": SUBJECT_CHARACTERS, "body": BODY_CHARACTERS, "sms": SMS_CHARACTERS},
    )


def _preview(words: Wording, kind: str, language: str, reference: str) -> list[templates.Preview]:
    return templates.preview(words, kind_name=kind, language=language, order=_order(reference) if reference else None)


def _order(reference: str) -> int:
    found = reading.orders(reference=reference, limit=1)
    if not found:
        raise invalid("order", _("There is no order %(reference)s.") % {"reference": reference[:40]})
    return found[0].id


def _missing(refused: Refused | None) -> list[str]:
    """What the law demands and the words do not say."""
    if refused is None or refused.name != "template_lacks_element":
        return []
    value: Any = refused.values.get("value")
    return [element_name(str(one)) for one in value or ()]


@page("messages/templates/<str:kind>/<str:language>/letter", name="template-letter", needs=READS)
def letter(visit: Visit, kind: str, language: str) -> HttpResponseBase:
    """The first sample as a mail program shows it."""
    _check(kind, language)
    reference = visit.request.GET.get("order", "").strip()[:100]
    return sandboxed(_preview(_words(kind, _version(visit)), kind, language, reference)[0].html)


# -- their way -----------------------------------------------------------------------------------------------------

going_live = form("messages/wordings/<int:template>/live", name="template-live", needs=WRITES)
retiring = form("messages/wordings/<int:template>/retire", name="template-retire", needs=WRITES)
telling = form("messages/kinds/<str:kind>/told", name="kind-told", needs=WRITES)


@going_live.asks
def ask_live(visit: Visit, given: Given, template: int) -> Ask:
    """Whose words speak from now on."""
    row = templates.template(template)
    says = [_("Every notice of this kind and language that is written from now on has these words."),
            _("They are checked once more: what the law demands must be in them.")]  # fmt: skip
    return Ask(_("Let version %(n)s speak?") % {"n": row.version}, _("Let it speak"), _page_of(row), says=says,
               icon="check")  # fmt: skip


@going_live.does
def do_live(visit: Visit, given: Given, template: int) -> Did:
    """It speaks; undo lets the product's own words speak again."""
    row = templates.go_live(template, actor=visit.actor)
    return Did(_("Version %(n)s speaks now.") % {"n": row.version}, _page_of(row),
               undo=address("template-retire", template))  # fmt: skip


@retiring.asks
def ask_retire(visit: Visit, given: Given, template: int) -> Ask:
    """The product's own words speak again."""
    row = templates.template(template)
    says = [_("The product's own words speak again.")]
    return Ask(_("Retire version %(n)s?") % {"n": row.version}, _("Retire it"), _page_of(row), says=says)


@retiring.does
def do_retire(visit: Visit, given: Given, template: int) -> Did:
    """Retire it."""
    row = templates.retire(template, actor=visit.actor)
    return Did(_("The product's own words speak again."), _page_of(row), undo=address("template-live", template))


@telling.asks
def ask_told(visit: Visit, given: Given, kind: str) -> Ask:
    """Tell this kind, or do not."""
    is_told = _told(kind)
    title = _("Tell “%(kind)s” no more?") if is_told else _("Tell “%(kind)s” from now on?")
    says = [kind_of(kind).says]
    return Ask(title % {"kind": kind_name(kind)}, _("Tell it no more") if is_told else _("Tell it"),
               address("templates"), says=says)  # fmt: skip


@telling.does
def do_told(visit: Visit, given: Given, kind: str) -> Did:
    """Turn it round; undo turns it back."""
    is_told = _told(kind)
    queries.set_active(kind, active=not is_told, actor=visit.actor)
    said = _("“%(kind)s” is told no more.") if is_told else _("“%(kind)s” is told from now on.")
    return Did(said % {"kind": kind_name(kind)}, address("templates"), undo=address("kind-told", kind))


def _told(kind: str) -> bool:
    name = kind_of(kind).name
    return next(one.is_active for one in queries.kinds() if one.kind == name)


def _page_of(row: TemplateRow) -> str:
    return f"{address('template', row.kind, row.language)}?version={row.id}"
