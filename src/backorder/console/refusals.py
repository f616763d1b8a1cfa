"""Refusals in the language of the page: what the rooms below say in English is said by its name, with its facts.

The catalog of a language holds a sentence for each name (context `refusal`; `tools.messages` finds the names). Where
it has none, or lacks a fact, the English sentence stands. What the console itself refuses is translated already.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import pgettext

from backorder.journal.refusals import Refused

CONTEXT = "refusal"
LONGEST_FACT = 200
OWN = __name__.rpartition(".")[0]


def said(refused: Refused) -> str:
    """The refusal's sentence in the language that is active."""
    if _is_own(refused):
        return refused.says
    return in_words(refused.name, {**refused.values, "says": refused.says}) or refused.says


def in_words(name: str, values: Mapping[str, Any]) -> str:
    """The sentence of this name in the language that is active; empty where that has none or a fact is missing."""
    template = pgettext(CONTEXT, name)
    if template == name:
        return ""
    try:
        return template % {key: _fact(value) for key, value in values.items()}
    except KeyError:
        return ""


def _is_own(refused: Refused) -> bool:
    """Did the console itself say it, in the language of its page? What is unknown is said alike everywhere."""
    trace = refused.__traceback__
    if trace is None or refused.name.startswith("unknown_"):
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    module = str(trace.tb_frame.f_globals.get("__name__", ""))
    return module == OWN or module.startswith(OWN + ".")


def _fact(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value) if timezone.is_aware(value) else value, "j M Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j M Y")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_fact(one) for one in value)[:LONGEST_FACT]
    return str(value)[:LONGEST_FACT]
