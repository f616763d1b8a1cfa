"""What Django cannot say: the clock as a function, ids in blocks, and a journal nobody can edit."""

from __future__ import annotations

import os

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FORWARD = """
CREATE SEQUENCE backorder_id INCREMENT BY 1000 START WITH 1000;

CREATE SEQUENCE journal_seq;
ALTER TABLE journal_entry ALTER seq SET DEFAULT nextval('journal_seq');
ALTER TABLE journal_entry ALTER xact SET DEFAULT pg_current_xact_id();
ALTER SEQUENCE journal_seq OWNED BY journal_entry.seq;

ALTER TABLE journal_clock ADD CONSTRAINT clock_moves_only_in_simulation
    CHECK (simulated OR shift = interval '0');

CREATE FUNCTION backorder_now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN  -- Not LANGUAGE sql: that would be planned anew in every statement, and every order asks for the time.
    RETURN (SELECT coalesce(frozen_at, clock_timestamp() + shift) FROM journal_clock);
END
$$;

CREATE FUNCTION backorder_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER journal_entry_append_only BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION backorder_append_only();

CREATE FUNCTION backorder_clock_keeps_its_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.simulated <> OLD.simulated THEN
        RAISE EXCEPTION 'an installation stays what it was created as: real or simulated';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER journal_clock_keeps_its_kind BEFORE UPDATE OR DELETE ON journal_clock
    FOR EACH ROW EXECUTE FUNCTION backorder_clock_keeps_its_kind();
"""

BACKWARD = """
DROP TRIGGER journal_clock_keeps_its_kind ON journal_clock;
DROP FUNCTION backorder_clock_keeps_its_kind();
DROP TRIGGER journal_entry_append_only ON journal_entry;
DROP FUNCTION backorder_append_only();
DROP FUNCTION backorder_now();
ALTER TABLE journal_clock DROP CONSTRAINT clock_moves_only_in_simulation;
ALTER TABLE journal_entry ALTER seq DROP DEFAULT, ALTER xact DROP DEFAULT;
DROP SEQUENCE journal_seq;
DROP SEQUENCE backorder_id;
"""


def seed(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The first era, and a clock that is movable only if the environment said so at creation."""
    simulated = os.environ.get("BACKORDER_SIMULATED_CLOCK") == "1"
    with editor.connection.cursor() as cursor:
        cursor.execute("INSERT INTO journal_era (id, began_at, reason) VALUES (1, now(), 'created')")
        cursor.execute("SELECT setval(pg_get_serial_sequence('journal_era', 'id'), 1)")
        cursor.execute("INSERT INTO journal_clock (id, simulated, shift) VALUES (1, %s, interval '0')", [simulated])


class Migration(migrations.Migration):
    dependencies = (("journal", "0001_initial"),)
    operations = (
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(seed, migrations.RunPython.noop),
    )
