"""Write facts into the journal, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from .prepared import Statement, rows


@dataclass(frozen=True, slots=True)
class Fact:
    """`fact` is `noun.happened`, `subject` is `kind/id`; `body` holds ids and numbers only."""

    fact: str
    subject: str
    body: dict[str, Any] = field(default_factory=dict)


INSERT = """
    INSERT INTO journal_entry (era, at, actor, fact, subject, body)
    SELECT (SELECT max(id) FROM journal_era), f.at, f.actor, f.fact, f.subject, f.body
    FROM ROWS FROM (json_to_recordset(%s::json)
        AS (at timestamptz, actor text, fact text, subject text, body jsonb)) WITH ORDINALITY AS f
    ORDER BY f.ordinality
"""


def record(facts: Sequence[Fact], *, actor: str, at: datetime) -> None:
    """Append `facts` in this order; must be inside the transaction that makes them true."""
    if not facts:
        return
    assert connection.in_atomic_block, "a fact is written with the change it tells of"
    rows(*statement(facts, actor=actor, at=at))


def statement(facts: Sequence[Fact], *, actor: str, at: datetime) -> Statement:
    """What `record` runs, to be sent with the statements that make `facts` true."""
    return INSERT, [json.dumps(as_rows(facts, actor=actor, at=at), default=str)]


def as_rows(facts: Sequence[Fact], *, actor: str, at: datetime) -> list[dict[str, Any]]:
    """The rows `INSERT` takes as one JSON document."""
    return [{"at": at, "actor": actor, "fact": fact.fact, "subject": fact.subject, "body": fact.body} for fact in facts]
