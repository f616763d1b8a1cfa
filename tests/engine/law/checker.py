"""An independent judge of what a seller did, written from decision tables A to C of 16 CFR 435.2.

It imports nothing of the product and shares no code with it. A log is what an outsider can see of one order: when it
was complete, which time was stated, and what happened on which day. `breaches` names each missed deadline and each
wrong use of silence. A deadline after the last day looked at is not missed yet.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
SHORT = timedelta(days=30)
REFUND_WORKING_DAYS = 7

# Federal holidays as published for these years, on the days they are kept.
HOLIDAYS = {
    date.fromisoformat(day)
    for day in [
        "2026-01-01",
        "2026-01-19",
        "2026-02-16",
        "2026-05-25",
        "2026-06-19",
        "2026-07-03",
        "2026-09-07",
        "2026-10-12",
        "2026-11-11",
        "2026-11-26",
        "2026-12-25",
        "2027-01-01",
        "2027-01-18",
        "2027-02-15",
        "2027-05-31",
        "2027-06-18",
        "2027-07-05",
        "2027-09-06",
        "2027-10-11",
        "2027-11-11",
        "2027-11-25",
        "2027-12-24",
        "2027-12-31",
    ]
}

ORDER_WITHIN_A_DAY = ["known", "notice", "yes", "shipped", "told_no", "no", "refund"]


@dataclass
class Happening:
    """One thing on one day.

    known    the seller now expects to ship on `revised` (None: no day is known)
    notice   a delay option `id` with the day `revised` (None: none), that `says` what silence means and `lacks` things
    yes, no  the buyer's answer; yes to the notice `id`
    shipped, told_no (the seller will not ship), refund
    """

    day: date
    what: str
    id: str = ""
    revised: date | None = None
    says: str = ""
    lacks: tuple[str, ...] = ()


@dataclass
class Log:
    """What an outsider sees of one order; `stated_days` None: no time was stated."""

    complete: date
    stated_days: int | None = None
    happenings: list[Happening] = field(default_factory=list)


def breaches(log, *, end):
    """What the seller did wrong up to the day `end`: a list of (name, day)."""
    case = Case(log)
    for happening in sorted(log.happenings, key=lambda h: (h.day, ORDER_WITHIN_A_DAY.index(h.what))):
        if happening.day <= end:
            case.reach(happening.day)
            getattr(case, f"on_{happening.what}")(happening)
    case.reach(end + DAY)
    case.miss_refund(end + DAY)
    return case.found


def refund_deadline(vests):
    day, left = vests, REFUND_WORKING_DAYS
    while left:
        day += DAY
        left -= day.weekday() < 5 and day not in HOLIDAYS
    return day


class Case:
    """The order as a careful official would keep it on a card."""

    def __init__(self, log):
        self.T = log.complete + timedelta(days=30 if log.stated_days is None else log.stated_days)
        self.last_day = self.T  # It must ship by the end of this day; None: the buyer waits without one.
        self.on_silence = "(c)(5)"  # Which trigger the end of that day pulls.
        self.questions = {}
        self.agreed = 0
        self.expected = self.T
        self.ended = None  # The day the refund vested.
        self.buyer_or_seller_ended_it = False
        self.is_shipped = self.is_refunded = False
        self.found = []

    @property
    def is_running(self):
        return self.ended is None and not self.is_shipped

    def reach(self, day):
        """What the days before `day` did by passing (table C)."""
        if self.is_running and self.last_day is not None and day > self.last_day:
            if not self.can_be_kept_or_was_asked():
                self.found.append(("not_asked_in_time", self.last_day))
            self.ended = self.last_day + DAY

    def can_be_kept_or_was_asked(self):
        """Table A, rows 2 and 7: whoever knows that a day cannot be kept has asked about one that can, by that day."""
        reaches = [self.last_day, *(question.revised or date.max for question in self.questions.values())]
        return (self.expected or date.max) <= max(reaches[0], reaches[-1])

    def on_known(self, h):
        self.expected = h.revised

    def on_notice(self, h):
        if not self.is_running:
            self.found.append(("asked_too_late", h.day))
        elif h.revised is None or self.last_day is None or h.revised > self.last_day:
            self.ask(h)

    def ask(self, h):
        is_short = h.revised is not None and h.revised - self.T <= SHORT
        silence = "consent" if is_short and not self.questions else "cancel"  # Table B
        if h.says != silence:
            self.found.append(("misstates_silence", h.day))
        if "right_to_cancel" in h.lacks or (h.revised is None and "reason" in h.lacks):
            self.found.append(("incomplete_notice", h.day))
            return
        if not self.questions:
            self.last_day, self.on_silence = (h.revised, "(c)(3)") if is_short else (self.T + SHORT, "(c)(2)")
        self.questions[h.id] = h

    def on_yes(self, h):
        asked = list(self.questions)
        if self.is_running and h.id in asked and asked.index(h.id) >= self.agreed:  # A later yes is not undone.
            self.agreed = asked.index(h.id)
            self.last_day, self.on_silence = self.questions[h.id].revised, "(c)(3)"

    def on_no(self, h):
        self.end_by_word(h.day)

    def on_told_no(self, h):
        self.end_by_word(h.day)

    def end_by_word(self, day):
        if self.is_running:
            self.ended, self.buyer_or_seller_ended_it = day, True

    def on_shipped(self, h):
        if self.ended is not None:
            wrong = "shipped_after_cancellation" if self.buyer_or_seller_ended_it else "silence_taken_for_consent"
            self.found.append((wrong, h.day))
        self.is_shipped = True

    def on_refund(self, h):
        if self.ended is None:
            self.found.append(("cancelled_without_cause", h.day))
            self.ended = h.day
        self.miss_refund(h.day)
        self.is_refunded = True

    def miss_refund(self, day):
        if (
            self.ended is not None
            and not self.is_shipped
            and not self.is_refunded
            and day > refund_deadline(self.ended)
        ):
            self.found.append(("refund_late", refund_deadline(self.ended)))
