"""Write facts into the journal, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Fact:
    """`fact` is `noun.happened`, `subject` is `kind/id`; `body` holds ids and numbers only."""

    fact: str
    subject: str
    body: dict[str, Any] = field(default_factory=dict)


_INSERT = """
    INSERT INTO journal_entry (era, at, actor, fact, subject, body)
    SELECT (SELECT max(id) FROM journal_era), %s, %s, f.fact, f.subject, f.body::jsonb
    FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS f(fact, subject, body, n)
    ORDER BY f.n
"""


def record(facts: Sequence[Fact], *, actor: str, at: datetime) -> None:
    """Append `facts` in this order; must be inside the transaction that makes them true."""
    if not facts:
        return
    assert connection.in_atomic_block, "a fact is written with the change it tells of"
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                at,
                actor,
                [fact.fact for fact in facts],
                [fact.subject for fact in facts],
                [json.dumps(fact.body, default=str, separators=(",", ":")) for fact in facts],
            ],
        )
