"""The run command: simulate variants, commit one, replay what was decided, with a progress bar and a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from backorder.planning.reading import Bettered, RunView

ACTOR = "cli"
FIGURES = {
    "fill_rate": "fill rate",
    "covered_rate": "covered",
    "value_late_minor": "value late, minor units",
    "days_late": "days late",
    "promises_broken": "promises broken",
    "lines_complete": "lines complete",
    "orders_complete": "orders complete",
    "fairness": "fairness",
    "notices": "notices",
    "gainers": "lines that gain",
    "losers": "lines that lose",
}

Progress = Callable[[int, int], None]


@click.group(name="run", invoke_without_command=True)
@click.option("--variant", "variants", multiple=True, help="The variant to decide by; several are compared.")
@click.option("--sku", "skus", multiple=True, help="Decide only these items.")
@click.option("--simulate", "how", flag_value="simulate", default=True, help="Change nothing, tell what would be.")
@click.option("--commit", "how", flag_value="commit", help="Decide and commit.")
@click.pass_context
def run_command(context: click.Context, variants: tuple[str, ...], skus: tuple[str, ...], how: str) -> None:
    """Decide who gets what by saved variants: simulate, compare, commit, replay."""
    if context.invoked_subcommand is not None:
        return
    if not variants:
        raise click.UsageError("Name a variant: --variant NAME.")
    with _opened():
        from backorder.planning import reading, runs

        wanted = list(skus) or None
        if how == "commit":
            if len(variants) > 1:
                raise click.UsageError("Only one variant can be committed.")
            with _bar("Deciding and committing") as progress:
                made = [runs.commit_at_once(variants[0], skus=wanted, actor=ACTOR, progress=progress)]
        else:
            with _bar("Deciding") as progress:
                made = runs.simulate(variants, skus=wanted, actor=ACTOR, progress=progress)
        _tell(reading.compared(made))


@run_command.command("commit")
@click.argument("run", type=click.IntRange(1))
def commit_command(run: int) -> None:
    """Commit a simulated run."""
    with _opened():
        from backorder.planning import reading, runs

        with _bar("Committing") as progress:
            runs.commit_run(run, actor=ACTOR, progress=progress)
        _tell([reading.run(run)])


@run_command.command("resume")
@click.argument("run", type=click.IntRange(1))
def resume_command(run: int) -> None:
    """Go on with a run that was interrupted, or take part in one that is under way."""
    with _opened():
        from backorder.planning import reading, working

        with _bar("Going on") as progress:
            working.go_on(run, progress=progress)
        _tell([reading.run(run)])


@run_command.command("replay")
@click.argument("run", type=click.IntRange(1))
def replay_command(run: int) -> None:
    """Decide what a run was decided on again. Ends with 1 if the plan is not the same, byte for byte."""
    with _opened():
        from backorder.planning import reading, runs

        with _bar("Deciding again") as progress:
            same = runs.replay(run, progress=progress)
        digest = reading.run(run).digest
    if not same:
        raise click.ClickException(f"Run {run} does not give the plan {digest} again.")
    click.echo(f"Run {run} gives the same plan again: {digest}")


@contextmanager
def _opened() -> Iterator[None]:
    from backorder.config import installation

    with installation.opened(application_name="backorder run"):
        yield


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    """A progress bar on the terminal; nothing where there is none."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell(found: list[RunView]) -> None:
    """Figures of today and of each run, side by side."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "today", *(f"{one.variant} (run {one.id})" for one in found))
    for name, title in FIGURES.items():
        values = [found[0].before.get(name, 0), *(one.after.get(name, 0) for one in found)]
        table.add_row(title, *(_said(name, value) for value in values))
    if any(one.optimised for one in found):
        table.add_row("optimised", "", *("; ".join(map(_bettered, one.optimised)) for one in found))
    for state in ("proposed", "committed", "refused", "stopped"):
        if any(state in one.items for one in found):
            table.add_row(f"items {state}", "", *(str(one.items.get(state, 0)) for one in found))
    Console(width=None if Console().is_terminal else 120).print(table)


def _bettered(one: Bettered) -> str:
    """`kept_promises: 1,795 to 3,001 (gap 0.0%)`."""
    gap = "unknown" if one.gap is None else f"{one.gap:.1%}"
    return f"{one.objective}: {one.before:,.0f} to {one.after:,.0f} (gap {gap})"


def _said(name: str, value: float) -> str:
    if name in ("fill_rate", "covered_rate"):
        return f"{value:.1%}"
    return f"{value:.3f}" if name == "fairness" else f"{value:,.0f}"
