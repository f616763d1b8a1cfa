"""What a text message costs and what a reply to it means: segments (3GPP 23.038), opt-out words, quiet hours."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_TWICE = frozenset("^{}\\[]~|€\f")  # These are written with an escape before them.
PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "•": "*",
        "×": "x",
    }
)


@dataclass(frozen=True, slots=True)
class Alphabet:
    """How a text is written: what a message alone holds, and what each of several holds beside its header."""

    name: str
    alone: int
    each: int


GSM = Alphabet("GSM-7", 160, 153)
UCS = Alphabet("UCS-2", 70, 67)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a text costs: `units` are septets (GSM-7) or 16-bit units (UCS-2); `segments` is what is paid for."""

    encoding: str
    units: int
    segments: int


def cost(text: str) -> Cost:
    """How many segments a text takes; a character of two units is never cut in two by a segment's end."""
    alphabet = GSM if all(sign in GSM_7 or sign in GSM_7_TWICE for sign in text) else UCS
    widths = [_width(sign, alphabet) for sign in text]
    units = sum(widths)
    return Cost(alphabet.name, units, 1 if units <= alphabet.alone else _segments(widths, alphabet.each))


def in_plain_signs(text: str) -> str:
    """The text with typographic signs replaced where a plain one says the same, so that it stays GSM-7 if it can."""
    return text.translate(PLAIN)


def _width(sign: str, alphabet: Alphabet) -> int:
    if alphabet is GSM:
        return 2 if sign in GSM_7_TWICE else 1
    return 2 if ord(sign) > 0xFFFF else 1


def _segments(widths: list[int], each: int) -> int:
    segments, used = 1, 0
    for width in widths:
        if used + width > each:
            segments, used = segments + 1, 0
        used += width
    return segments


# Replies.

# Words that carriers take as an opt-out in the US and Canada (AWS list); a toll-free number knows STOP alone.
OPT_OUT_WORDS = ("ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE")
OPT_OUT_WORDS_TOLL_FREE = ("STOP",)
REVOKING_WORDS = frozenset({*OPT_OUT_WORDS, "REVOKE", "OPT OUT", "STOPALL"})  # 47 CFR 64.1200(a)(10)
OPT_IN_WORDS = frozenset({"START", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
# "Any reasonable manner" of saying it: a wish to be left alone, in so many words.
REVOKING_PHRASES = re.compile(
    r"\b(take|get|leave) me off\b|\b(remove|delete) (me|my number)\b|\bunsubscribe\b|\bopt(ing)?[ -]?out\b"
    r"|\b(stop|quit|no more|don'?t|do not) (text\w*|messag\w*|contact\w*|sms)\b"
    r"|\b(stop|quit|no more|don'?t|do not) send\w* (me|any|more|these|texts?|messages?|sms)\b"
    r"|\brevoke\b|\bleave me alone\b|\bwrong number\b|\bno more\b[ .!]*$|\bcease\b"
    r"|^(please|pls|plz|bitte|por favor|svp)[ ,]+(stop|stopp|quit|end)[ .!]*$"
    r"|^(stop|stopp|quit|end)[ ,]+(please|pls|plz|it|all|this|now|bitte|por favor|svp)[ .!]*$"
    r"|^(stopp|baja|alto|arr[eê]t(e[rz]?)?|abmelden|basta|parar?|d[eé]sabonner)[ .!]*$"
    r"|\bkeine (sms|nachrichten|texte) mehr\b|\bno (me )?(env[ií]en?|escriban?) m[aá]s\b|\bplus de (sms|messages)\b",
    re.IGNORECASE,
)


class Reply(StrEnum):
    """What a reply asks of the channel."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply means for the channel; `may_cancel_order`: it can also be a cancellation of the order asked about.

    CANCEL to a delay question is both: the carrier may swallow it, so the question is asked again by e-mail and a
    human is told. A reply is never consent to a delay: that comes by link.
    """

    reply: Reply
    may_cancel_order: bool = False


def meaning(text: str, *, option_is_open: bool) -> Meaning:
    """What a reply means, in any reasonable manner of saying it; `option_is_open`: a delay option awaits an answer."""
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    word = words.strip(" .!,;:'\"").upper()
    may_cancel = option_is_open and re.search(r"\bCANCEL", word) is not None
    if word in REVOKING_WORDS or REVOKING_PHRASES.search(words):
        return Meaning(Reply.OPT_OUT, may_cancel)
    if word in OPT_IN_WORDS:
        return Meaning(Reply.OPT_IN)
    return Meaning(Reply.HELP) if word in HELP_WORDS else Meaning(Reply.OTHER, may_cancel)


CONFIRM_WITHIN = timedelta(minutes=5)  # 47 CFR 64.1200(a)(12)


def may_confirm_opt_out(*, after: timedelta, is_marketing: bool, sent_before: int = 0) -> bool:
    """May one text confirm an opt-out, so long after it? Once, without marketing, within five minutes."""
    return timedelta(0) <= after <= CONFIRM_WITHIN and not is_marketing and sent_before == 0


# Quiet hours: texts wait, e-mails do not, so a lawful deadline is met by e-mail.

FROM = time(8)
UNTIL = time(21)  # 47 CFR 64.1200(c)(1)
UNTIL_BY_STATE = {"FL": time(20)}


def is_quiet(local: time, *, country: str = "US", region: str = "") -> bool:
    """Is it a time at the called party's location at which no text may go out? 21:00 sharp is still allowed."""
    until = UNTIL_BY_STATE.get(region.upper(), UNTIL) if country == "US" else UNTIL
    return not FROM <= local <= until


def send_from(local: datetime, *, country: str = "US", region: str = "") -> datetime:
    """When a text may go out that is ready at `local` (the called party's clock): now, or at the next 8:00."""
    if not is_quiet(local.time(), country=country, region=region):
        return local
    day = local.date() + timedelta(days=0 if local.time() < FROM else 1)
    return datetime.combine(day, FROM, tzinfo=local.tzinfo)
