"""Small drawings of the report: the mark, the icons, the patterns and the keys of its legends."""

from __future__ import annotations

PATTERNS = "".join(
    f'<pattern id="{name}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate({angle})">'
    f'<path d="M0 0v4" stroke-width="{width}"/></pattern>'
    for name, angle, width in (("h-late", -45, 2.4), ("h-wait", 45, 2), ("h-acc", 45, 2.4))
)

SPRITE = (
    '<svg class="sprite" aria-hidden="true"><defs>{patterns}</defs>'
    '<symbol id="i-kept" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.25"/><path d="m5.25 8.25 2 2 3.5-4"/></symbol>'
    '<symbol id="i-late" viewBox="0 0 16 16"><path d="M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4z"/>'
    '<path d="M8 4.75v3.75M8 11v.01"/></symbol>'
    '<symbol id="i-slip" viewBox="0 0 16 16"><path d="M1.75 3v10M4.5 8h8.75M9.75 4.5 13.25 8l-3.5 3.5"/></symbol></svg>'
)

BRAND = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><rect class="f-acc" x="1" y="4" width="6" height="16" rx="2"/>'
    '<rect class="f-acc" x="9" y="4" width="6" height="16" rx="2"/>'
    '<rect class="f-h-acc l-acc" x="17.75" y="4.75" width="4.5" height="14.5" rx="1.5"/></svg>'
)

LEGEND = {
    "u-later": '<rect class="u-later" x=".5" y=".5" width="13" height="9" rx="2"/>',
    "slip": '<rect class="f-h-late l-late f-under" x=".5" y=".5" width="13" height="9" rx="2"/>',
    "u-none": '<rect class="u-none" x=".5" y=".5" width="13" height="9" rx="2"/>',
    "f-acc": '<rect class="f-acc" width="14" height="10" rx="2"/>',
    "f-kept": '<rect class="f-kept" width="14" height="10" rx="2"/>',
    "bar": '<rect class="f-bar" width="14" height="10" rx="2"/>',
    "ordered": '<rect class="f-h-wait l-wait f-under" x=".5" y=".5" width="13" height="9" rx="2"/>',
    "short": '<rect class="f-h-late faint" width="14" height="10" rx="2"/>',
    "expected": '<rect class="expected" x=".5" y=".5" width="13" height="9" rx="2"/>',
    "line": '<path class="l-acc" d="M0 5h14"/>',
    "dash": '<path class="l-acc dash" d="M0 5h14"/>',
    "ink": '<path class="l-ink" d="M0 5h14"/>',
}


def icon(name: str) -> str:
    """An icon of the sprite; the word beside it says the same."""
    return f'<svg class="i" aria-hidden="true"><use href="#i-{name}"/></svg>'
