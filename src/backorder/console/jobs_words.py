"""What the worker's jobs are called on the page, and what each is for."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Words:
    """A job's name and its purpose in a sentence."""

    name: str
    purpose: str


def words_of(name: str) -> Words:
    """The words of a job; one of several that share the work carries its number."""
    plain, _comma, number = name.partition(", ")
    known = words()
    if name in known:
        return known[name]
    if plain in known and number.isdecimal():
        return Words(f"{known[plain].name}, {number}", known[plain].purpose)
    return Words(name, "")


def words() -> dict[str, Words]:
    """The words of all jobs by the name they have in the worker."""
    return {**_deciding(), **_telling(), **_watching()}


def _deciding() -> dict[str, Words]:
    return {
        "re-decide what changed": Words(
            _("Decide again what changed"), _("Shares out units anew where stock, deliveries or orders changed.")
        ),
        "end holds whose time has passed": Words(_("End holds"), _("Gives back what carts held longer than they may.")),
        "take part in runs": Words(_("Runs"), _("Simulates and commits runs, a piece at a time.")),
        "serve the waitlist": Words(_("Waitlist"), _("Offers free units to those who wait for an item to be back.")),
        "mark what a new day changes": Words(
            _("New day"), _("Marks the items whose promises change because a day has begun.")
        ),
        "look through what waits, at night": Words(
            _("Night look"), _("Looks through everything that waits, and mends what no change has touched.")
        ),
        "mend promises that are stuck": Words(
            _("Mend promises"), _("Finds promises that no longer agree with their units, and decides them anew.")
        ),
    }


def _telling() -> dict[str, Words]:
    return {
        "publish facts to webhooks": Words(
            _("Publish facts"), _("Writes a message for each connected system that listens to a fact.")
        ),
        "deliver webhooks": Words(_("Deliver webhooks"), _("Sends waiting messages to connected systems.")),
        "deliver webhooks that failed": Words(
            _("Deliver webhooks again"), _("Tries again what connected systems did not take.")
        ),
        "note what there is to tell": Words(
            _("Note what to tell"), _("Reads the journal for news that customers should hear.")
        ),
        "compose notices": Words(
            _("Compose notices"), _("Turns what there is to tell into letters, several changes into one.")
        ),
        "send e-mails": Words(_("Send e-mails"), _("Hands letters to the mail server.")),
        "send texts": Words(_("Send texts"), _("Hands short messages to the text service.")),
        "send alerts": Words(_("Send alerts"), _("Tells staff of deadlines and trouble.")),
    }


def _watching() -> dict[str, Words]:
    return {
        "note what the delay law asks": Words(_("Delay law: note"), _("Opens and moves cases as promises slip.")),
        "act on the delay law": Words(
            _("Delay law: act"), _("Asks customers, reminds them, and does what the law says when they stay silent.")
        ),
        "look at the money of orders": Words(
            _("Money of orders"), _("Follows what was paid, held and owed on each order.")
        ),
        "watch authorisations that lapse": Words(
            _("Lapsing authorisations"), _("Warns before a card's authorisation ends ahead of the goods.")
        ),
        "watch refunds that are due": Words(_("Refunds due"), _("Warns of refunds whose day comes near.")),
        "watch deadlines of notices": Words(
            _("Deadlines of notices"), _("Warns of lawful notices that have not left in time.")
        ),
        "watch the lag of followers": Words(_("Lag"), _("Raises the alarm when a reader of the journal falls behind.")),
        "measure how we stand": Words(_("Measure"), _("Measures the figures that Today shows.")),
        "do what was asked for many lines": Words(
            _("Many lines at once"), _("Finds the lines that an action for all of a list means, and does it to each.")
        ),
        "take in files": Words(_("Files"), _("Checks files that were sent, and takes them in.")),
        "purge what is old": Words(_("Purge"), _("Deletes what is kept for some time only.")),
    }
