"""What the delay law says, in words for whoever must act on it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .states import State


def law_name(jurisdiction: str) -> str:
    """Whose law."""
    return {
        "us": _("United States"),
        "eu": _("European Union"),
        "de": _("Germany"),
        "uk": _("United Kingdom"),
        "au": _("Australia"),
        "ontario": _("Ontario"),
        "strictest": _("the strictest of all, for no rule is known there"),
    }.get(jurisdiction, jurisdiction)


def action_words(action: str) -> str:
    """What must be done next."""
    return {
        "none": _("Nothing needs to be done"),
        "ship": _("Ship it in time"),
        "deliver": _("Deliver it in time"),
        "send_first_option": _("Ask: wait or cancel?"),
        "send_renewed_option": _("Ask once more: wait or cancel?"),
        "ship_or_get_consent": _("Ship it or get consent"),
        "none_continuing_right_to_cancel": _("Nothing: the customer agreed and may cancel at any time"),
        "tell_and_refund": _("Tell the customer and refund"),
        "refund": _("Refund"),
        "inform": _("Tell the customer"),
        "manual_review": _("A person must look at it"),
    }.get(action, action.replace("_", " "))


def state_words(state: str) -> str:
    """How a line stands before the law."""
    return {
        "not_covered": _("not covered"),
        "incomplete": _("the clock has not started"),
        "open": _("open"),
        "open_indefinite": _("open until the customer cancels"),
        "shipped_compliant": _("shipped in time"),
        "shipped_late": _("shipped after it was deemed cancelled"),
        "cancelled": _("cancelled"),
        "refunded": _("refunded"),
        "manual_review": _("for a person to look at"),
        "late": _("late"),
        "late_additional_period_running": _("late, an additional period runs"),
        "may_terminate": _("the customer may end the contract"),
        "terminated": _("terminated"),
        "withdrawn": _("withdrawn"),
        "delivered": _("delivered"),
        "delivered_late": _("delivered late"),
    }.get(state, state.replace("_", " "))


def state_pill(state: str, *, is_closed: bool) -> State:
    """How a case stands, as a pill. Black is for deadlines alone."""
    word = state_words(state)
    if is_closed:
        return State("none", "check", word)
    is_late = state in ("late", "late_additional_period_running", "may_terminate", "shipped_late")
    return State("late" if is_late else "risk", "late" if is_late else "ask", word)


def option_words(option: str) -> str:
    """Which question it is."""
    return {
        "first_within_30_days": _("first question, a delay of up to 30 days"),
        "first_over_30_days": _("first question, a longer delay"),
        "first_indefinite": _("first question, no day can be given"),
        "renewed_dated": _("renewed question, with a day"),
        "renewed_indefinite": _("renewed question, no day can be given"),
    }.get(option, option.replace("_", " "))


def silence_words(silence: str) -> str:
    """What it means when nobody answers."""
    return {
        "nothing": _("Silence means nothing."),
        "silence_is_consent": _("Who does not answer agrees to wait."),
        "silence_is_cancel": _("Who does not answer has cancelled."),
    }.get(silence, silence)


def step_words(what: str) -> tuple[str, str, str]:
    """A step of a case: icon, tone and words."""
    return {
        "opened": ("law", "", _("Opened")),
        "asked": ("ask", "acc", _("The customer was asked")),
        "reminded": ("mail", "acc", _("The customer was reminded")),
        "answered": ("user", "kept", _("The customer answered")),
        "ignored": ("none", "", _("A machine's answer was ignored")),
        "cancelled": ("cut", "late", _("Cancelled")),
        "will_not_ship": ("x", "late", _("Decided not to ship")),
        "alerted": ("risk", "risk", _("Staff were alerted")),
        "closed": ("check", "kept", _("Closed")),
    }.get(what, ("info", "", what.replace("_", " ")))


def due_kind(kind: str) -> str:
    """What must happen to money."""
    return {
        "refund": _("Refund"),
        "capture": _("Take payment"),
        "authorise_again": _("Authorise again"),
        "balance": _("Balance"),
        "void": _("Let go of a hold"),
    }.get(kind, kind)


def means_words(means: str) -> str:
    """How a refund goes back."""
    return {
        "same_means": _("the way it was paid"),
        "credit_memo_to_issuer": _("a credit note to the card's bank"),
        "cash": _("cash"),
        "check": _("a cheque"),
        "money_order": _("a money order"),
    }.get(means, means.replace("_", " "))


def due_states() -> dict[str, State]:
    """The states of something due."""
    return {
        "open": State("risk", "wait", _("Open")),
        "done": State("kept", "kept", _("Done")),
        "dropped": State("none", "none", _("Dropped")),
    }
