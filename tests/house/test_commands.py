"""The commands: what they say, what they refuse, and that they leave nothing behind."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import click
import psycopg
import pytest

from backorder import cli
from backorder.cli.clock import parse_instant, parse_span
from backorder.config import embedded, secrets


@pytest.fixture(scope="module")
def installed(running, command):
    """A data folder whose database runs and has its tables; its clock is simulated."""
    done = command(running, "migrate", BACKORDER_SIMULATED_CLOCK="1")
    assert done.stderr == ""
    assert done.stdout.endswith("migrations applied.\n")
    return running


@pytest.fixture(autouse=True)
def _keep_it_running(request):
    # A command that finds nobody else at work stops the database; a session of ours keeps it for the next test.
    if "installed" not in request.fixturenames:
        yield
        return
    with psycopg.connect(embedded.start(request.getfixturevalue("installed"))):
        yield


def test_help_names_every_command_and_loads_no_django(command, data_folder):
    done = command(data_folder, "--help")
    assert done.returncode == 0
    assert [name for name in cli.COMMANDS if f"\n  {name} " not in done.stdout] == []
    probe = "import sys, backorder.cli as c; [c.main.get_command(None, n) for n in c.COMMANDS]; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()
    assert {"django", "psycopg", "rich", "numpy"} & set(loaded) == set()


def test_an_unknown_command_is_refused(command, data_folder):
    done = command(data_folder, "sell")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'sell'" in done.stderr


def test_a_command_stops_the_database_it_started(command, data_folder):
    assert command(data_folder, "migrate").returncode == 0
    assert (data_folder / "postgres" / "PG_VERSION").exists()
    assert not embedded.is_running(data_folder)


def test_a_worker_for_a_job_that_there_is_not_is_refused(installed, command):
    done = command(installed, "work", "--only", "take part in runs", "--only", "dream")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for --only: There is no job 'dream'. There are: re-decide what changed, " in done.stderr


def test_commands_that_need_tables_say_so(command, data_folder):
    done = command(data_folder, "verify")
    assert done.returncode == 1
    assert done.stderr == ("Error: The database has no tables, or those of an older version. Run: backorder migrate\n")


def test_a_database_in_use_by_somebody_else_is_left_running(command, installed):
    before = embedded.process_id(installed)
    assert command(installed, "clock", "show").returncode == 0
    assert embedded.process_id(installed) == before


# -- clock ----------------------------------------------------------------------------------------------------------


def test_the_clock_is_frozen_set_advanced_and_run(command, installed):
    assert command(installed, "clock", "freeze").returncode == 0
    done = command(installed, "clock", "set", "2031-02-03T04:05:06+01:00")
    assert done.stdout == "2031-02-03T03:05:06+00:00 (simulated clock)\n"
    assert command(installed, "clock", "advance", "2d").stdout == "2031-02-05T03:05:06+00:00 (simulated clock)\n"
    assert command(installed, "clock", "show").stdout == "2031-02-05T03:05:06+00:00 (simulated clock)\n"
    back = command(installed, "clock", "set", "2030-01-01")
    assert back.returncode == 1
    assert back.stderr.startswith("Error: clock_cannot_go_back: The clock stands at 2031-02-05T03:05:06")
    assert command(installed, "clock", "show").stdout == "2031-02-05T03:05:06+00:00 (simulated clock)\n"
    assert command(installed, "clock", "run").returncode == 0


def test_a_real_clock_cannot_be_moved(command, data_folder):
    assert command(data_folder, "migrate", BACKORDER_SIMULATED_CLOCK="0").returncode == 0
    done = command(data_folder, "clock", "advance", "1h", BACKORDER_SIMULATED_CLOCK="1")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: clock_is_real: ")
    shown = command(data_folder, "clock", "show").stdout
    assert shown.endswith(" (real clock)\n")
    assert abs(datetime.fromisoformat(shown.split()[0]) - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("6h", 21600), ("3d", 259200), ("2w", 1209600)]
)
def test_spans_of_time_are_read(text, seconds):
    assert parse_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0s", "-1h", "1", "1y", "1.5h", "9999999s", "h"])
def test_other_spans_are_refused(text):
    with pytest.raises(click.BadParameter, match="is not a time such as 90s"):
        parse_span(text)


def test_an_instant_without_zone_is_utc():
    assert parse_instant("2026-12-01") == datetime(2026, 12, 1, tzinfo=UTC)
    with pytest.raises(click.BadParameter, match="'tomorrow' is not an instant"):
        parse_instant("tomorrow")


# -- keys -----------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(command, installed):
    token = command(installed, "keys", "create", "shop", "--scope", "orders:write").stdout.strip()
    prefix = token.rsplit("_", 1)[0] if token.count("_") == 2 else "_".join(token.split("_")[:2])
    listed = command(installed, "keys", "list").stdout
    assert f"{prefix}  shop  orders:write  never used  without end" in listed
    assert token not in listed
    assert command(installed, "keys", "revoke", prefix).returncode == 0
    assert "revoked" in command(installed, "keys", "list").stdout
    unknown = command(installed, "keys", "create", "shop", "--scope", "everything")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("Error: unknown_scope: ")


# -- doctor ---------------------------------------------------------------------------------------------------------


def states(text: str) -> dict[str, str]:
    return {line.split()[1]: line.split()[0] for line in text.splitlines()}


def test_the_doctor_finds_a_healthy_installation_healthy(command, installed):
    done = command(installed, "doctor")
    assert done.returncode == 0
    found = states(done.stdout)
    wanted = [
        "python",
        "disk",
        "secrets",
        "database",
        "durability",
        "sessions",
        "time",
        "tables",
        "clock",
        "marks",
        "webhooks",
    ]
    assert [name for name in wanted if name not in found] == []
    assert found["clock"] == "warn"
    assert {state for name, state in found.items() if name != "clock"} == {"ok"}
    kept = secrets.read(installed)
    assert kept.database_password not in done.stdout


def test_the_doctor_names_what_is_wrong_and_what_to_do(command, data_folder):
    kept = secrets.ensure(data_folder)
    (data_folder / secrets.FILE_NAME).chmod(0o644)
    done = command(data_folder, "doctor")
    assert done.returncode == 1
    found = states(done.stdout)
    assert (found["secrets"], found["tables"]) == ("fail", "fail")
    assert f"Run: chmod 600 {data_folder / secrets.FILE_NAME}" in done.stdout
    assert "Run: backorder migrate" in done.stdout
    assert kept.secret_key not in done.stdout


def test_the_doctor_counts_marks_that_nobody_works_on(command, installed):
    as_superuser = embedded.superuser_url(installed).replace("/postgres?", "/backorder?")
    with psycopg.connect(as_superuser, autocommit=True) as connection:
        # The mark's item need not exist for this: a replica's session checks no foreign keys.
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO stock_changed (item_id, cause, at) VALUES (7, 'test', backorder_now() - interval '2 minutes')"
        )
        done = command(installed, "doctor")
        connection.execute("DELETE FROM stock_changed WHERE item_id = 7")
    assert states(done.stdout)["marks"] == "warn"
    assert "1 wait, the oldest for 12" in done.stdout
    assert "Run: backorder work" in done.stdout


def test_the_doctor_reports_an_unreachable_database(command, data_folder):
    done = command(data_folder, "doctor", DATABASE_URL="postgresql://nobody:hunter2@127.0.0.1:1/none")
    assert done.returncode == 1
    assert states(done.stdout)["database"] == "fail"
    assert "hunter2" not in done.stdout + done.stderr


# -- copies ---------------------------------------------------------------------------------------------------------


def journal(data) -> list[tuple]:
    with psycopg.connect(embedded.url(data)) as connection:
        return connection.execute("SELECT fact, subject, actor FROM journal_entry ORDER BY era, xact, seq").fetchall()


def test_a_copy_brings_everything_back_and_begins_a_new_era(command, installed, tmp_path):
    file = tmp_path / "all.dump"
    command(installed, "keys", "create", "before", "--scope", "orders:read")
    assert command(installed, "backup", str(file)).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["all.dump"]
    before = journal(installed)
    command(installed, "keys", "create", "after", "--scope", "orders:read")
    with psycopg.connect(embedded.url(installed)) as connection:
        (eras,) = connection.execute("SELECT max(id) FROM journal_era").fetchone()
    done = command(installed, "restore", str(file), "--force")
    assert (done.returncode, done.stderr) == (0, "")
    listed = command(installed, "keys", "list").stdout
    assert (" before " in listed, " after " in listed) == (True, False)
    assert journal(installed)[: len(before)] == before
    with psycopg.connect(embedded.url(installed)) as connection:
        assert connection.execute("SELECT max(id) FROM journal_era").fetchone() == (eras + 1,)


def test_a_copy_is_not_overwritten_without_force(command, installed, tmp_path):
    file = tmp_path / "all.dump"
    file.write_text("precious")
    done = command(installed, "backup", str(file))
    assert (done.returncode, done.stderr) == (1, f"Error: {file} exists. Give --force to replace it.\n")
    assert file.read_text() == "precious"


def test_data_are_not_overwritten_without_force(command, installed, tmp_path):
    file = tmp_path / "all.dump"
    assert command(installed, "backup", str(file)).returncode == 0
    before = journal(installed)
    done = command(installed, "restore", str(file))
    assert done.returncode == 1
    assert "already holds data" in done.stderr
    assert journal(installed) == before


@pytest.mark.parametrize("damage", ["cut short", "one bit", "another file"])
def test_a_damaged_copy_changes_nothing(command, installed, tmp_path, damage):
    file = tmp_path / "all.dump"
    assert command(installed, "backup", str(file)).returncode == 0
    whole = bytearray(file.read_bytes())
    if damage == "one bit":
        whole[len(whole) // 2] ^= 1
    file.write_bytes({"cut short": whole[:-100], "one bit": whole, "another file": b"not a copy"}[damage])
    before = journal(installed)
    done = command(installed, "restore", str(file), "--force")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"Error: {file} is not a whole copy made by `backorder backup`; nothing was changed.\n")
    assert journal(installed) == before


REFUSE_INDEXES = """
    CREATE SCHEMA guard;
    CREATE FUNCTION guard.refuse() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no indexes today'; END $$;
    GRANT USAGE ON SCHEMA guard TO PUBLIC;
    CREATE EVENT TRIGGER guard ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION guard.refuse();
"""


def test_a_restore_that_fails_half_way_changes_nothing(command, installed, tmp_path):
    file = tmp_path / "all.dump"
    assert command(installed, "backup", str(file)).returncode == 0
    before = journal(installed)
    as_superuser = embedded.superuser_url(installed).replace("/postgres?", "/backorder?")
    with psycopg.connect(as_superuser, autocommit=True) as connection:
        connection.execute(REFUSE_INDEXES)
        done = command(installed, "restore", str(file), "--force")
        connection.execute("DROP EVENT TRIGGER guard; DROP SCHEMA guard CASCADE")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {file} was not taken back, nothing was changed:\n")
    assert "no indexes today" in done.stderr
    assert journal(installed) == before


# -- bench ----------------------------------------------------------------------------------------------------------


def test_a_new_installation_is_filled_once_with_books_that_add_up(command, data_folder):
    done = command(data_folder, "bench", "load", "--lines", "300", "--items", "30")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("300 lines on 30 items in ")
    assert command(data_folder, "verify").stdout == "Everything adds up.\n"
    again = command(data_folder, "bench", "load", "--lines", "1", "--items", "1")
    assert again.returncode == 1
    assert again.stderr == (
        "Error: This installation has items or orders of its own. Name a new folder in BACKORDER_DATA.\n"
    )


def test_only_the_embedded_database_is_filled(command, data_folder):
    done = command(data_folder, "bench", "load", DATABASE_URL="postgresql://nobody@localhost/nothing")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: Only the embedded database can be filled: unset DATABASE_URL.\n",
    )
