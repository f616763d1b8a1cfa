"""The worker's jobs: what each is for, how it went last, when it looks again, what failed; and one can be run now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from backorder.journal import jobs as told
from backorder.journal.jobs import JobView
from backorder.journal.refusals import unknown

from .asking import Ask, Did, Field, Given, form
from .door import Visit, address, page
from .jobs_words import Words, words_of
from .settings import tabs
from .states import State

# The worker tells every few seconds; one that is silent this long has stopped or is cut off.
SILENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as the page shows it."""

    job: JobView
    words: Words
    state: State
    next_at: datetime | None
    took: str


@page("settings/jobs", name="jobs", needs="orders:read")
def jobs(visit: Visit) -> HttpResponseBase:
    """All jobs, those that fail first; script asks for the table alone every few seconds."""
    found = told.jobs()
    shown = sorted((_shown(one) for one in found), key=lambda one: (not one.job.is_failing, one.words.name))
    heard_at = max((one.seen_at for one in found), default=None)
    values: dict[str, Any] = {
        "jobs": shown, "failing": sum(one.is_failing for one in found), "heard_at": heard_at,
        "is_silent": heard_at is not None and visit.now - heard_at > SILENT, "may": visit.may("admin"),
    }  # fmt: skip
    template = "console/jobs_table.html" if visit.is_fragment else "console/jobs.html"
    response = visit.render(template, title=_("Jobs"), settings_tabs=tabs(visit), **values)
    response["Vary"] = "HX-Request, Cookie"
    return response


running = form("settings/jobs/run", name="job-run", needs="admin")


@running.asks
def ask_run(visit: Visit, given: Given) -> Ask:
    """Run it now."""
    job = _job(given)
    words = words_of(job.name)
    says = [words.purpose, _("The worker begins within a few seconds, and looks again by itself as usual after that.")]
    return Ask(
        _("Run “%(job)s” now?") % {"job": words.name}, _("Run now"), address("jobs"), says=says, icon="bolt",
        fields=[Field("job", "", "hidden", job.name)],
    )  # fmt: skip


@running.does
def do_run(visit: Visit, given: Given) -> Did:
    """Tell the worker."""
    job = _job(given)
    told.want(job.name, actor=visit.actor)
    return Did(_("“%(job)s” runs within a few seconds.") % {"job": words_of(job.name).name}, address("jobs"))


def _job(given: Given) -> JobView:
    name = given.text("job", longest=100)
    found = next((one for one in told.jobs() if one.name == name), None)
    if found is None:
        raise unknown("job", name)
    return found


def _shown(job: JobView) -> Shown:
    next_at = job.ran_at and job.ran_at + timedelta(seconds=job.every_seconds)
    return Shown(job, words_of(job.name), _state(job), next_at, took(job.took_seconds))


def _state(job: JobView) -> State:
    if job.is_failing:
        return State("late", "late", _("Fails"))
    if job.wanted_at is not None:
        return State("", "wait", _("Wanted"))
    if job.ran_at is None:
        return State("", "wait", _("Not yet run"))
    return State("kept", "kept", _("Fine"))


def took(seconds: float) -> str:
    """How long a run took: `12 ms`, `3.4 s`, `2 min`."""
    if seconds < 1:
        return _("%(n)s ms") % {"n": round(seconds * 1000)}
    if seconds < 60:
        return _("%(n)s s") % {"n": f"{seconds:.1f}"}
    return _("%(n)s min") % {"n": round(seconds / 60)}
