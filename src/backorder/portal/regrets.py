"""What was refused, said to a customer: kindly, with what is possible instead, and without our own words for things."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from backorder.journal.refusals import Refused


@dataclass(frozen=True, slots=True)
class Regret:
    """A headline and a sentence that says what to do now."""

    title: str
    says: str


def regret(refused: Refused) -> Regret:
    """The refusal in a customer's words; what is not foreseen is said in general."""
    title, says = _words().get(refused.name) or _otherwise()
    return Regret(title, says)


def _otherwise() -> tuple[str, str]:
    return (
        _("That is not possible just now."),
        _("Nothing was changed. Please look at your order as it stands now, or ask us."),
    )


def _words() -> dict[str, tuple[str, str]]:
    changed = (
        _("Something changed while you were choosing."),
        _("Nothing was done. This is how your order stands now: please choose again."),
    )
    too_late = (
        _("It is already being packed."),
        _("What our warehouse has in hand can no longer be changed here. Ask us: a person sees what can be done."),
    )
    return {
        "link_not_valid": (
            _("This link does not open anything."),
            _("It may have been cut off on its way. Please open it from your e-mail again, as a whole."),
        ),
        "link_expired": (
            _("This link has ended."),
            _("For your safety links do not work for ever. Please use the link in our latest message, or write to us."),
        ),
        "link_revoked": (
            _("This link was replaced by a newer one."),
            _("Please use the link in our latest message, or write to us."),
        ),
        "too_often": (
            _("That was a little too often."),
            _("Please wait a minute and try again. Nothing was changed."),
        ),
        "order_has_changed": changed,
        "choice_has_changed": changed,
        "order_is_busy": changed,
        "released_units_cannot_be_cancelled": too_late,
        "too_late_to_change": too_late,
        "more_than_is_open": changed,
        "nothing_to_cancel": (
            _("There is nothing left to cancel."),
            _("Everything of this order has left or was cancelled before. If something is not right, ask us."),
        ),
        "nothing_waits": (
            _("Nothing of your order waits any more."),
            _("This is how it stands now."),
        ),
        "substitute_is_gone": (
            _("Someone was faster."),
            _("The other item is no longer here in the number you need. Nothing was changed: please choose again."),
        ),
        "invalid_choice": changed,
        "choice_units_out_of_range": (
            _("Please name a number you still wait for."),
            _("Nothing was changed."),
        ),
        "choice_day_out_of_range": (
            _("Please choose a day from tomorrow on, within a year."),
            _("Nothing was changed."),
        ),
        "question_is_empty": (
            _("Please write your question first."),
            _("Nothing was sent."),
        ),
        "question_too_long": (
            _("Your question is too long."),
            _("Please say it in at most 4,000 characters. Nothing was sent."),
        ),
        "too_late_to_withdraw": (
            _("The time to withdraw has ended."),
            _("It ended 14 days after the last item reached you. If something is wrong with it, ask us."),
        ),
    }  # fmt: skip
