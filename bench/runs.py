"""A full run on an installation of a million open lines: read, decide, write back what changes, commit.

The command and a worker that takes part in runs share it. The worker does nothing else: an installation that was
just filled has half a million orders to follow up and every item to look through, which is not what is measured.
Beforehand a day has passed: one item in twenty has a supply that slipped, one in fifty has units on the shelf that
nobody has yet.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import psutil
import psycopg
from tests import invariants

from backorder.demo import filling
from bench import installation
from bench.installation import Installation
from bench.results import Measured, Row

STIR = (Path(__file__).parent / "sql" / "stir.sql").read_text()
_VARIANTS = """
import django; django.setup()
import msgspec
from backorder.planning.forms import VariantForm
from backorder.planning.variants import save_variant
def only(name, *values): return {'include': [{'attribute': name, 'values': list(values)}]}
forms = {
    'gain': [{'name': 'all', 'strategy': 'gain'}],
    'mix': [
        {'name': 'gold', 'strategy': 'win', 'filter': only('tier', 'gold')},
        {'name': 'vip', 'strategy': 'improve', 'filter': only('tag:vip', True)},
        {'name': 'france', 'strategy': 'redistribute', 'filter': only('country', 'FR')},
        {'name': 'silver', 'strategy': 'fill', 'filter': only('tier', 'silver')},
        {'name': 'others', 'strategy': 'gain'},
    ],
}
for code, segments in forms.items():
    save_variant(code, msgspec.convert({'segments': segments}, VariantForm), actor='bench')
"""


def measure(*, lines: int = filling.LINES, items: int = filling.ITEMS) -> tuple[Measured, list[str]]:
    """Fill an installation, let a day pass, and run; returns the rows and what the invariants say afterwards."""
    with installation.empty() as here:
        here.address = installation.embedded.start(here.data)
        elsewhere = here.address.replace(f"/{installation.embedded.ROLE}?", "/postgres?")
        with psycopg.connect(elsewhere, autocommit=True):
            here.run("migrate")
            filled = filling.fill(here.data, lines=lines, items=items)
            here.python(_VARIANTS)
            _stir(here.address)
            simulated = _run(here, "--simulate", "--variant", "mix")
            committed = _run(here, "--commit", "--variant", "gain")
            replayed = _timed(here, "run", "replay", str(committed[1]))
            with here.connect() as connection:
                violations = [str(violation) for violation in invariants.check(connection)]
                changed = connection.execute("SELECT count(*) FROM planning_runline WHERE run_id = %s", [committed[1]])
                (count,) = changed.fetchone() or (0,)
    return Measured(
        [
            Row(
                f"a run: {lines:,} open lines on {items:,} items read, decided, written back and committed",
                f"{committed[0]:.1f} s, {committed[2]:.0f} s of processor; {count:,} lines changed",
                "<= 20 s",
                committed[0] <= 20 if lines == filling.LINES else None,
                "<= 8 s",
                committed[0] <= 8 if lines == filling.LINES else None,
            )
        ],
        [
            f"Filled in {filled:.0f} s. Five strategies simulated on the same lines, input kept and figures added up: "
            f"{simulated[0]:.1f} s, {simulated[2]:.0f} s of processor. Replayed byte for byte in {replayed:.1f} s."
        ],
    ), violations


def _run(here: Installation, *options: str) -> tuple[float, int, float]:
    """(seconds, id of the run, processor seconds of everything) of a run that a worker takes part in."""
    here.start_worker("take part in runs")
    time.sleep(3)  # It has started when the run begins.
    before = _cpu(here)
    began = time.perf_counter()
    said = here.run("run", *options)
    took = time.perf_counter() - began
    used = _cpu(here) - before
    here.stop("worker")
    found = re.search(r"\(run (\d+)\)", said)
    assert found, said
    return took, int(found[1]), used


def _cpu(here: Installation) -> float:
    """Processor seconds so far of the database, the worker, and our own children that ended."""
    times = psutil.Process().cpu_times()
    return here.cpu_seconds("worker") + times.children_user + times.children_system


def _timed(here: Installation, *command: str) -> float:
    began = time.perf_counter()
    here.run(*command)
    return time.perf_counter() - began


def _stir(address: str) -> None:
    """Let happen what a day brings: slips and finds that nobody has decided on yet."""
    with psycopg.connect(address) as connection:
        for statement in STIR.split(";\n"):
            connection.execute(statement)
