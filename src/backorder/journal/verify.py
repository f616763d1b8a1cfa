"""Is the journal what it claims to be? Each finding is a sentence; none means all is well."""

from __future__ import annotations

from django.db import connection

# Each query gives one column of findings. They read committed data only and lock nothing.
_CHECKS = (
    # Nobody can edit the past, and the database numbers entries itself.
    """
    SELECT 'The trigger ' || wanted.name || ' that protects ' || wanted.relation || ' is missing or switched off.'
    FROM (VALUES ('journal_entry_append_only', 'journal_entry'), ('journal_clock_keeps_its_kind', 'journal_clock'))
         AS wanted(name, relation)
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger AS t
        WHERE t.tgname = wanted.name AND t.tgrelid = wanted.relation::regclass AND t.tgenabled IN ('O', 'A')
    )
    """,
    """
    SELECT 'The column journal_entry.' || c.name || ' is not filled by the database.'
    FROM (VALUES ('seq', 'nextval%%'), ('xact', 'pg_current_xact_id%%')) AS c(name, filled)
    WHERE NOT EXISTS (
        SELECT FROM pg_attribute AS a JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = 'journal_entry'::regclass AND a.attname = c.name
          AND pg_get_expr(d.adbin, d.adrelid) LIKE c.filled
    )
    """,
    # Eras ascend, in number, in time and in what was numbered meanwhile.
    "SELECT 'The journal has no era.' WHERE NOT EXISTS (SELECT FROM journal_era)",
    """
    SELECT 'Era ' || id || ' began before the era in front of it.'
    FROM (SELECT id, began_at, lag(began_at) OVER (ORDER BY id) AS previous FROM journal_era) AS e
    WHERE began_at < previous
    """,
    """
    SELECT 'Entries name the era ' || era || ', which does not exist.'
    FROM (SELECT DISTINCT era FROM journal_entry) AS e WHERE era NOT IN (SELECT id FROM journal_era)
    """,
    """
    SELECT 'Era ' || era || ' holds the number ' || low || ', though the era in front of it already came to '
           || previous || '.'
    FROM (
        SELECT era, min(seq) AS low, max(seq) AS high, lag(max(seq)) OVER (ORDER BY era) AS previous
        FROM journal_entry GROUP BY era
    ) AS e
    WHERE low <= previous
    """,
    """
    SELECT 'The current era holds entries of transactions to come: restored data need a new era.'
    WHERE EXISTS (
        SELECT FROM journal_entry
        WHERE era = (SELECT max(id) FROM journal_era) AND xact >= pg_snapshot_xmax(pg_current_snapshot())
          AND xact IS DISTINCT FROM pg_current_xact_id_if_assigned()
    )
    """,
    # No number twice, none still to be drawn.
    """
    SELECT 'The number ' || seq || ' stands on ' || count(*) || ' entries.'
    FROM journal_entry GROUP BY seq HAVING count(*) > 1 LIMIT 10
    """,
    """
    SELECT 'The next number to be drawn is not above ' || (SELECT max(seq) FROM journal_entry) || '.'
    FROM journal_seq AS s WHERE s.last_value < (SELECT max(seq) FROM journal_entry)
    """,
    # Entries say something: a fact, a subject, by someone, at an instant that has come.
    """
    SELECT 'Entry ' || seq || ' is not well formed: ' || fact || ' of ' || subject || ' by ' || actor || '.'
    FROM journal_entry
    WHERE fact !~ '^([a-z_]+[.][a-z_]+|demand_unmet)$' OR subject !~ '^([a-z_]+/.+|items)$' OR actor = ''
       OR jsonb_typeof(body) <> 'object'
    ORDER BY seq LIMIT 10
    """,
    """
    SELECT 'Entry ' || seq || ' tells of ' || at || ', which is yet to come.'
    FROM journal_entry WHERE at > backorder_now() + interval '1 second' ORDER BY seq LIMIT 10
    """,
    # Nobody claims to have read what was never written.
    """
    SELECT 'The follower ' || f.name || ' stands at (' || f.era || ', ' || f.xact || ', ' || f.seq
           || '), beyond the last entry.'
    FROM journal_follower AS f
    WHERE (f.era, f.xact, f.seq) <> (0, 0, 0) AND NOT EXISTS (
        SELECT FROM journal_entry AS e WHERE (e.era, e.xact, e.seq) >= (f.era, f.xact::text::xid8, f.seq)
    )
    """,
)


def verify() -> list[str]:
    """What is wrong with the journal, in sentences."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for check in _CHECKS:
            cursor.execute(check, [])
            found.extend(finding for (finding,) in cursor.fetchall())
    return found
