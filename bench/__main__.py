"""`python -m bench [--seconds 10] [--only ordering,...]`: measure, check, write RESULTS.md.

Fails if a row is below what it shall hold, or if the data are not clean afterwards.
"""

from __future__ import annotations

import argparse
import sys

from tests import invariants

from bench import batching, deciding, engine, installation, notices, ordering, portal, results, runs, starting
from bench.results import Measured

PARTS = ("ordering", "batching", "deciding", "starting", "engine", "runs", "notices", "portal")


def main() -> int:
    """Run the wanted parts and return the exit status."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=10, help="how long each load lasts")
    arguments.add_argument("--only", default=",".join(PARTS), help="parts to run, by comma")
    arguments.add_argument("--print", action="store_true", help="print the page and leave RESULTS.md as it is")
    given = arguments.parse_args()
    wanted = set(given.only.split(","))
    assert wanted <= set(PARTS), f"parts are {', '.join(PARTS)}"

    sections, violations = _measure(wanted, given.seconds)
    place = results.PLACE.with_name("RESULTS.new.md") if given.print else results.PLACE
    print(results.write(sections, seconds=given.seconds, violations=violations, place=place))
    if given.print:
        place.unlink()
    return 0 if results.all_hold(sections) and not violations else 1


def _measure(wanted: set[str], seconds: int) -> tuple[list[Measured], list[str]]:
    sections: list[Measured] = []
    violations: list[str] = []
    if not wanted <= {"starting", "engine", "runs"}:
        with installation.seeded() as here:
            if "ordering" in wanted:
                sections.append(ordering.measure(here, seconds=seconds))
            if "batching" in wanted:
                sections.append(batching.measure(here, seconds=seconds))
            if "deciding" in wanted:
                sections += [
                    deciding.bystanders(here, seconds=seconds), deciding.decisions(here), deciding.events(here)
                ]  # fmt: skip
            if "notices" in wanted:
                sections.append(notices.measure(here))
            if "portal" in wanted:
                sections.append(portal.measure(here, seconds=seconds))
            with here.connect() as connection:
                violations = [str(violation) for violation in invariants.check(connection)]
    if "starting" in wanted:
        sections.append(starting.measure())
    if "engine" in wanted:
        sections.append(engine.measure())
    if "runs" in wanted:
        measured, broken = runs.measure()
        sections.append(measured)
        violations += broken
    return sections, violations


if __name__ == "__main__":
    sys.exit(main())
