"""What notices, conversations and cases of the delay law are called on their pages, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .states import State


def kind_name(kind: str) -> str:
    """A kind of notice as people say it."""
    return {
        "order_received": _("Order received"),
        "cancelled": _("Cancelled"),
        "withdrawn": _("Withdrawal confirmed"),
        "changed": _("Order changed"),
        "backordered": _("Has to wait"),
        "slipped": _("Later than said"),
        "preorder_released": _("Preorder is out"),
        "ready": _("Is here now"),
        "improved": _("Sooner than said"),
        "shipped": _("Parcel left"),
        "survey": _("Question after delivery"),
        "delay_question": _("Wait or cancel?"),
        "choice_reminder": _("Reminder: wait or cancel?"),
        "refund_due": _("Money goes back"),
        "refund_sent": _("Money went back"),
        "substitute_offered": _("Another item offered"),
        "answer": _("Answer of a person"),
        "back_in_stock": _("Back in stock"),
    }.get(kind, kind.replace("_", " "))


def notice_states() -> dict[str, State]:
    """The states of a notice as pills."""
    return {
        "waiting": State("", "wait", _("Waits")),
        "sent": State("kept", "mail", _("Sent")),
        "dead": State("late", "late", _("Given up")),
        "suppressed": State("none", "none", _("Not sent")),
    }


def channel_name(channel: str) -> str:
    """A way to reach people."""
    return {"email": _("E-mail"), "sms": _("Text message"), "alert": _("Alert to staff")}.get(channel, channel)


def waits_for(who: str) -> State:
    """Whose turn it is in a conversation."""
    return {
        "staff": State("risk", "ask", _("Waits for us")),
        "customer": State("", "wait", _("Waits for the customer")),
        "nobody": State("kept", "check", pgettext("conversation", "Closed")),
    }[who]


def closed_because(reason: str) -> str:
    """Why nothing goes to an address."""
    return {
        "stop": _("texted STOP"),
        "bounce": _("does not exist"),
        "complaint": _("complained"),
        "by_hand": _("by hand"),
        "unsubscribed": _("unsubscribed"),
    }.get(reason, reason)


def template_states() -> dict[str, State]:
    """The states of a version of some words."""
    return {
        "draft": State("", "note", _("Draft")),
        "live": State("kept", "kept", _("Live")),
        "retired": State("none", "none", _("Retired")),
    }


def languages() -> dict[str, str]:
    """The languages of notices."""
    return {"en": _("English"), "de": _("German"), "es": _("Spanish"), "fr": _("French")}


def element_name(element: str) -> str:
    """What the law wants in a delay notice."""
    return {
        "definite_revised_ship_date": _("a definite new day"),
        "unable_to_give_any_date": _("that no day can be given"),
        "reasons_for_the_delay": _("the reasons of the delay"),
        "right_to_cancel_with_full_prompt_refund": _("the right to cancel with a full and prompt refund"),
        "silence_is_consent": _("that silence means waiting"),
        "silence_is_automatic_cancellation_with_last_answer_day": _("that silence cancels, and the last day to answer"),
        "continuing_right_to_cancel_if_you_agree": _("the right to cancel at any time later"),
        "way_to_answer_at_sellers_expense": _("a way to answer that costs nothing"),
        "sent_by_a_means_likely_to_reach_in_time": _("a means that reaches in time"),
    }.get(element, element.replace("_", " "))
