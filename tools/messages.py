"""Keep the translations true to the code: find what is said, bring the catalogs up to date, compile them.

`python -m tools.messages` extracts from every room that has a locale folder and writes its .po and .mo files;
`--check` names what is out of date or not translated and ends with 1. Made with Babel; no gettext program is needed.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from tools.refusals import reached_from

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "backorder"
LANGUAGES = ("de", "es", "fr")
# The rooms that speak, and the languages beside English that each speaks.
ROOMS = {"notices": LANGUAGES, "portal": LANGUAGES, "console": ("de",)}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "_": None,
}
WIDTH = 120
# The context of the sentences that stand for other rooms' refusals, by name.
REFUSAL = "refusal"

Message = tuple[str, "str | tuple[str, ...]", "str | None"]


def rooms() -> dict[str, tuple[str, ...]]:
    """The rooms that exist and speak."""
    return {room: languages for room, languages in ROOMS.items() if (SOURCE / room / "locale").is_dir()}


def said_in(room: str) -> Catalog:
    """Everything a room says, with where it says it.

    `notices` also says what the unsubscribe pages of the API do, `console` what other rooms refuse, by name.
    """
    catalog = Catalog(fuzzy=False)
    for path in _files(room):
        place = path.relative_to(SOURCE).as_posix()
        for _, message, context in _messages(path):
            catalog.add(message, locations=[(place, None)], context=context)
    if room == "console":
        for name in reached_from(room):
            catalog.add(name, context=REFUSAL)
    return catalog


def brought_up_to_date(room: str, language: str) -> Catalog:
    """A room's catalog of a language with all that the room says now and nothing else; new messages are empty."""
    path = po_file(room, language)
    known = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    catalog = Catalog(locale=language, fuzzy=False)
    for message in said_in(room):
        if message.id:
            old = known.get(message.id, message.context)
            catalog.add(
                message.id,
                old.string if old is not None else None,
                locations=message.locations,
                context=message.context,
                flags=message.flags,
            )
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """The messages of a catalog that have no words in its language."""
    return [str(message.id) for message in catalog if message.id and not _is_said(message.string)]


def po_text(catalog: Catalog) -> bytes:
    """A catalog as its .po file: without dates, so that it changes only when its messages do."""
    written = io.BytesIO()
    write_po(written, catalog, width=WIDTH, omit_header=True, sort_output=True, include_lineno=False)
    plural = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    head = (
        'msgid ""\nmsgstr ""\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Language: {catalog.locale}\\n"\n"Plural-Forms: {plural}\\n"\n\n'
    )
    return head.encode() + written.getvalue()


def mo_bytes(po: bytes, language: str) -> bytes:
    """The compiled form of a .po file."""
    catalog = read_po(io.BytesIO(po), locale=language)
    # Whatever the clock says, the same messages give the same file.
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    for message in list(catalog):
        # What has no words yet must not hide the English ones, as empty plural forms would.
        if message.id and not _is_said(message.string):
            catalog.delete(message.id, message.context)
    written = io.BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def po_file(room: str, language: str) -> Path:
    """Where a room keeps what it says in a language."""
    return SOURCE / room / "locale" / language / "LC_MESSAGES" / "django.po"


def stale() -> list[str]:
    """What is not as `main` would write it, or not translated, in words."""
    found = []
    for room, languages in rooms().items():
        for language in languages:
            catalog = brought_up_to_date(room, language)
            text, path = po_text(catalog), po_file(room, language)
            if not path.exists() or path.read_bytes() != text:
                found.append(f"{path.relative_to(ROOT)} is out of date: run `python -m tools.messages`")
            elif not path.with_suffix(".mo").exists() or path.with_suffix(".mo").read_bytes() != mo_bytes(
                text, language
            ):
                found.append(
                    f"{path.with_suffix('.mo').relative_to(ROOT)} is out of date: run `python -m tools.messages`"
                )
            found += [f"{room} does not say in {language}: {message}" for message in untranslated(catalog)]
    return found


def write() -> list[Path]:
    """Write every catalog that is not up to date, and return their files."""
    written = []
    for room, languages in rooms().items():
        for language in languages:
            path, text = po_file(room, language), po_text(brought_up_to_date(room, language))
            for file, content in ((path, text), (path.with_suffix(".mo"), mo_bytes(text, language))):
                if not file.exists() or file.read_bytes() != content:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                    written.append(file)
    return written


# -- finding what is said ---------------------------------------------------------------------------------------------


def _files(room: str) -> Iterator[Path]:
    folder = SOURCE / room
    for pattern in ("**/*.py", "**/*.html", "**/*.txt"):
        yield from sorted(path for path in folder.glob(pattern) if "migrations" not in path.parts)
    if room == "notices":
        yield SOURCE / "api" / "inbound.py"


def _messages(path: Path) -> Iterator[Message]:
    """(function, message or its forms, context) of each message in a file: Python, Jinja, or a Django template."""
    if path.suffix == ".py" or "wording" in path.parts:
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {"trimmed": "true", "newstyle_gettext": "true"}
        with path.open("rb") as file:
            for _, message, _, context in extract(method, file, keywords=KEYWORDS, options=options):
                yield "gettext", message, context
        return
    yield from _of_template(path.read_text(encoding="utf-8"))


def _of_template(source: str) -> Iterator[Message]:
    from django.template import engines
    from django.template.base import Node, NodeList
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    def nodes(found: NodeList) -> Iterator[Node]:
        for node in found:
            yield node
            for name in node.child_nodelists:
                yield from nodes(getattr(node, name, None) or NodeList())
            for _, branch in getattr(node, "conditions_nodelists", ()):
                yield from nodes(branch)

    template = engines["django"].from_string(source).template  # type: ignore[attr-defined]
    for node in nodes(template.nodelist):
        if isinstance(node, TranslateNode):
            # What is looked up while rendering cannot be known here.
            literal = node.filter_expression.var if hasattr(node, "filter_expression") else node.value.var
            text = getattr(literal, "literal", literal)
            context = node.message_context.var.literal if node.message_context is not None else None
            if isinstance(text, str):
                yield "gettext", text, context
        elif isinstance(node, BlockTranslateNode):
            yield from _of_block(node)


def _of_block(node: object) -> Iterator[Message]:
    singular = node.render_token_list(node.singular)[0]  # type: ignore[attr-defined]
    context = node.message_context.var.literal if node.message_context is not None else None  # type: ignore[attr-defined]
    trim = _trimmed if node.trimmed else str  # type: ignore[attr-defined]
    if node.plural:  # type: ignore[attr-defined]
        plural = node.render_token_list(node.plural)[0]  # type: ignore[attr-defined]
        yield "ngettext", (trim(singular), trim(plural)), context
    else:
        yield "gettext", trim(singular), context


def _trimmed(text: str) -> str:
    from django.utils.translation import trim_whitespace

    return str(trim_whitespace(text))


def _is_said(string: object) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def main() -> None:
    """Write what differs, or with --check only name it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backorder.config.settings")
    import django

    django.setup()
    if "--check" in sys.argv:
        found = stale()
        print("\n".join(found))
        sys.exit(bool(found))
    for path in write():
        print(f"{path.relative_to(ROOT)} written")
    for line in stale():
        print(line)


if __name__ == "__main__":
    main()
