"""A notice as people read it: the plain text, and the letter in HTML.

The letter is a table with every style on its elements, because mail programs know little else; only the dark theme
stands in the head. It loads nothing from anywhere and its units are drawn by table cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from django.utils.translation import gettext as _

from .marks import Block, Span

FONT = "-apple-system,'Segoe UI',Inter,Roboto,Helvetica,Arial,sans-serif"
MOST_DRAWN = 24
PREVIEW_CHARACTERS = 140

_HEAD = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>
@media (prefers-color-scheme: dark) {{
.desk {{ background: #100f0e !important; }}
.sheet {{ background: #181715 !important; border-color: #34302c !important; }}
.ink {{ color: #f2efea !important; }} .soft {{ color: #bfbab1 !important; }}
.hair {{ border-color: #34302c !important; }}
.link {{ color: #a9b0ff !important; }} .later {{ background: #411826 !important; border-color: #f0577f !important; }}
.btn {{ background: #5059d6 !important; }}
}}
</style>
</head>
<body class="desk" style="margin:0;padding:0;background:#f4f2ee">
<div role="article" aria-roledescription="email" aria-label="{subject}">
<div style="display:none;max-height:0;overflow:hidden">{preview}</div>
<table role="presentation" class="desk" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f4f2ee" \
style="background:#f4f2ee">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="sheet" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" \
style="max-width:560px;background:#ffffff;border:1px solid #e0dcd5;border-radius:12px;font-family:{font}">
<tr><td class="ink" style="padding:28px 32px 0;color:#1d1b18;font-size:18px;font-weight:600;letter-spacing:-.3px">\
{shop}</td></tr>
"""
_FOOT = """<tr><td class="hair" style="padding:24px 32px 28px"><p class="soft hair" style="margin:0;padding-top:18px;\
border-top:1px solid #ebe8e2;color:#6b665d;font-size:13px;line-height:20px">{lines}</p></td></tr>
</table>
</td></tr>
</table>
</div>
</body>
</html>
"""
_TITLE = (
    '<h1 class="ink" style="margin:0;color:#1d1b18;font-size:26px;line-height:32px;font-weight:600;'
    'letter-spacing:-.5px">{}</h1>'
)
_HEADING = (
    '<h2 class="ink" style="margin:8px 0 0;color:#1d1b18;font-size:17px;line-height:24px;font-weight:600">{}</h2>'
)
_PARAGRAPH = '<p class="soft" style="margin:0;color:#534f48;font-size:16px;line-height:25px">{}</p>'
_BUTTON = (
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin-top:4px"><tr>'
    '<td class="btn" bgcolor="#3d46c2" style="background:#3d46c2;border-radius:8px"><a href="{url}" style="'
    "display:inline-block;padding:13px 22px;color:#ffffff;font-size:16px;font-weight:600;text-decoration:none"
    '">{label}</a></td></tr></table>'
)
_PLACE = '<tr><td style="padding:{above}px 32px 0">{inside}</td></tr>\n'
_BOLD = '<b class="ink" style="color:#1d1b18">{}</b>'
_LINK = '<a class="link" href="{url}" style="color:#3d46c2">{label}</a>'
_GAP = '<td width="1%" style="font-size:0;line-height:0">&nbsp;</td>'
_CELLS = {
    "left": '<td width="{w}%" height="20" bgcolor="#e9e6e0" style="background:#e9e6e0;border:1px solid #b8b2a7;'
    'border-radius:4px;line-height:20px;font-size:0">&nbsp;</td>',
    "now": '<td width="{w}%" height="22" bgcolor="#12877a" style="background:#12877a;border-radius:4px;'
    'line-height:22px;font-size:0">&nbsp;</td>',
    "later": '<td class="later" width="{w}%" height="20" bgcolor="#fde7ed" style="background:#fde7ed;border:1px solid '
    '#cf1d57;border-radius:4px;line-height:20px;font-size:0">&nbsp;</td>',
}
_SIGNS = {"left": "▣", "now": "■", "later": "□"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of what comes when."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a letter shows. `units` are the states of the pictured units: left, now or later."""

    language: str
    subject: str
    shop: str
    blocks: Sequence[Block]
    units: Sequence[str] = ()
    units_say: str = ""
    rows: Sequence[Row] = ()
    foot: Sequence[tuple[Span, ...]] = field(default_factory=tuple)


def as_html(letter: Letter) -> str:
    """The letter in HTML."""
    head = _HEAD.format(
        language=escape(letter.language), subject=escape(letter.subject), preview=escape(_preview(letter)),
        shop=escape(letter.shop), font=FONT,
    )  # fmt: skip
    inside = "".join(_placed(n, block, letter) for n, block in enumerate(letter.blocks))
    lines = "<br>".join("".join(_span(span) for span in line) for line in letter.foot)
    return head + inside + _FOOT.format(lines=lines)


def as_text(letter: Letter) -> str:
    """The same in plain text, lines of any length."""
    told = [said for block in letter.blocks if (said := _plain(block, letter))]
    foot = "\n".join("".join(_plain_span(span) for span in line) for line in letter.foot)
    return "\n\n".join([*told, f"-- \n{foot}"] if foot else told) + "\n"


def _preview(letter: Letter) -> str:
    said = [
        "".join(span.text for span in block.spans) for block in letter.blocks if block.what in ("paragraph", "heading")
    ]
    return " ".join(" ".join(said).split())[:PREVIEW_CHARACTERS]


def _placed(n: int, block: Block, letter: Letter) -> str:
    inside = _inside(block, letter)
    above = 20 if n == 0 else 24 if block.what in ("units", "heading") else 12
    return _PLACE.format(above=above, inside=inside) if inside else ""


def _inside(block: Block, letter: Letter) -> str:
    if block.what == "units":
        return _drawn(letter.units, letter.units_say)
    if block.what == "rows":
        return _table(letter.rows)
    if block.what == "button":
        return _BUTTON.format(url=escape(block.spans[0].url), label=escape(block.spans[0].text))
    frame = {"title": _TITLE, "heading": _HEADING, "paragraph": _PARAGRAPH}[block.what]
    return frame.format("".join(_span(span) for span in block.spans))


def _span(span: Span) -> str:
    said = escape(span.text).replace("\n", "<br>")
    if span.url:
        return _LINK.format(url=escape(span.url), label=said)
    return _BOLD.format(said) if span.is_bold else said


def _drawn(units: Sequence[str], says: str) -> str:
    if not 1 < len(units) <= MOST_DRAWN:
        return ""
    width = max(2, min(13, 100 // len(units) - 1))
    cells = _GAP.join(_CELLS[unit].format(w=width) for unit in units)
    return (
        f'<table role="img" aria-label="{escape(says)}" width="100%" cellpadding="0" cellspacing="0" border="0">'
        f"<tr>{cells}<td>&nbsp;</td></tr></table>"
    )


def _table(rows: Sequence[Row]) -> str:
    line = "border-top:1px solid #ebe8e2"
    inside = "".join(
        f'<tr><th scope="row" align="left" valign="top" class="ink hair" style="padding:9px 12px 9px 0;color:#1d1b18;'
        f'font-weight:600;width:34%{";" + line if n else ""}">{escape(row.label)}</th>'
        f'<td class="soft hair" style="padding:9px 0;color:#534f48{";" + line if n else ""}">{escape(row.text)}</td>'
        f"</tr>"
        for n, row in enumerate(rows)
    )
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" border="0" style="font-size:15px;line-height:22px">'
        f"{inside}</table>"
        if rows
        else ""
    )


def _plain(block: Block, letter: Letter) -> str:
    if block.what == "units":
        return " ".join(_SIGNS[unit] for unit in letter.units) if 1 < len(letter.units) <= MOST_DRAWN else ""
    if block.what == "rows":
        return "\n".join(f"{row.label}: {row.text}" for row in letter.rows)
    if block.what == "button":
        return f"{block.spans[0].text}:\n{block.spans[0].url}"
    said = "".join(_plain_span(span) for span in block.spans)
    return f"{said}\n{'=' * min(len(said), 72)}" if block.what == "title" else said


def _plain_span(span: Span) -> str:
    return f"{span.text} ({span.url})" if span.url and span.url != span.text else span.text


def unsubscribe_line(url: str) -> tuple[Span, ...]:
    """How to get no more of a kind of message."""
    return (Span(_("You do not want such messages any more?") + " "), Span(_("Unsubscribe"), url=url))
