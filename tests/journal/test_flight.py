"""Statements in one flight: what each sees, what an error leaves behind, and that nothing gets stuck."""

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction

from backorder.journal import identity, prepared
from backorder.journal.flight import fly
from backorder.orders.ledger.retry import retried

pytestmark = pytest.mark.django_db(transaction=True)

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s::text"


@pytest.fixture(autouse=True)
def numbers():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE numbers (n int PRIMARY KEY)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE numbers")


def add(n: int) -> prepared.Statement:
    return "INSERT INTO numbers VALUES (%s::int)", [n]


def stored() -> list[int]:
    return [n for (n,) in prepared.rows("SELECT n FROM numbers ORDER BY n", [])]


def seen_elsewhere() -> list[int]:
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        return [n for (n,) in other.execute("SELECT n FROM numbers ORDER BY n").fetchall()]


def test_each_statement_sees_what_the_one_before_it_did():
    assert prepared.together(add(1), ("SELECT n FROM numbers", []), add(2), ("SELECT max(n) FROM numbers", [])) == [
        [], [(1,)], [], [(2,)],
    ]  # fmt: skip


def test_values_come_back_as_what_they_are():
    text = "SELECT %s::text, %s::bigint[], %s::text[], %s::bool, NULL::int, '100%%'"
    given = ["naïve 'quoted' \\ {}", [1, 2**40], ['a"b', "c,d", "\\"], True]
    assert prepared.rows(text, given) == [(*given, None, "100%")]


def test_the_last_statement_commits_the_transaction_that_is_its_own():
    with transaction.atomic():
        prepared.rows(*add(1))
        assert seen_elsewhere() == []
        prepared.rows_and_commit([add(2)])
        assert seen_elsewhere() == [1, 2]


def test_the_last_statement_of_an_inner_block_commits_nothing():
    with transaction.atomic():
        with transaction.atomic():
            prepared.rows_and_commit([add(1)])
        assert seen_elsewhere() == []
        transaction.set_rollback(True)
    assert stored() == []


def test_an_error_ends_the_flight_and_the_next_one_works():
    for _ in range(3):
        with pytest.raises(IntegrityError, match="numbers_pkey"), transaction.atomic():
            prepared.together(add(1), add(1), add(2))
        assert stored() == []
    with transaction.atomic():
        prepared.rows(*add(1))
    assert stored() == [1]


def test_a_commit_that_fails_leaves_nothing():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE owners (n int REFERENCES numbers DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(IntegrityError, match="owners_n_fkey"), transaction.atomic():
        prepared.rows_and_commit([("INSERT INTO owners VALUES (%s::int)", [7])])
    assert prepared.rows("SELECT n FROM owners", []) == []
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE owners")


def test_a_text_is_prepared_once_even_if_it_fails_each_time():
    text = "INSERT INTO numbers SELECT 1 / %s::int"
    for _ in range(5):
        with pytest.raises(DataError, match="division by zero"):
            prepared.rows(text, [0])
    assert prepared.rows(PREPARED, ["%1 / %"]) == [(1,)]


def test_a_text_that_cannot_be_prepared_is_told_and_not_kept():
    for _ in range(2):
        with pytest.raises(ProgrammingError, match="nowhere"):
            prepared.together(add(1), ("SELECT * FROM nowhere", []))
    prepared.rows(*add(1))
    assert stored() == [1]


def test_a_text_that_no_database_holds_is_refused_before_anything_is_sent():
    with pytest.raises(DataError, match="NUL"):
        prepared.together(add(1), ("SELECT %s::text", ["a\x00b"]))
    assert stored() == []


def test_a_long_flight_passes_in_both_directions():
    long = "x" * 3_000_000
    text = "SELECT %s::text, repeat('y', 3000000)"
    found = prepared.together((text, [long]), (text, [long]), (text, [long]))
    assert [[(len(a), len(b)) for a, b in rows] for rows in found] == [[(3_000_000, 3_000_000)]] * 3


def test_a_connection_that_is_gone_is_told_as_such():
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError) as told:
        fly(connection.connection, [("SELECT 1", [])])
    assert told.value is not None
    connection.close()
    assert prepared.rows("SELECT 1", []) == [(1,)]


def test_a_connection_that_is_lost_in_flight_is_told_as_such_until_it_is_replaced():
    def lost():
        yield "SELECT pg_terminate_backend(pg_backend_pid())", []
        yield "SELECT 1", []

    with pytest.raises(OperationalError):
        prepared.rows_and_commit(lost())
    for _ in range(2):
        with pytest.raises(OperationalError):
            prepared.rows("SELECT 2", [])
    connection.close()
    assert prepared.rows("SELECT 2", []) == [(2,)]


def test_who_tries_again_after_a_connection_was_lost_in_flight_gets_another():
    tries = []

    def attempt():
        tries.append(connection.connection)
        if len(tries) == 1:
            return prepared.rows("SELECT pg_terminate_backend(pg_backend_pid())::int", [])
        return prepared.rows("SELECT 3", [])

    assert retried(attempt) == [(3,)]
    assert len(tries) == 2


def test_statements_are_run_while_the_next_is_being_made():
    """The second statement is made only after the first has been sent; all are committed together."""
    made: list[int] = []

    def making():
        for n in (1, 2, 3):
            made.append(n)
            yield add(n)

    with transaction.atomic():
        prepared.rows_and_commit(making())
    assert (made, stored()) == ([1, 2, 3], [1, 2, 3])


def test_what_fails_while_it_is_being_made_leaves_nothing():
    def making():
        yield add(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        prepared.rows_and_commit(making())
    connection.close()
    assert stored() == []


def test_nothing_to_write_is_committed_as_well():
    with transaction.atomic():
        prepared.rows(*add(1))
        prepared.rows_and_commit([])
        assert seen_elsewhere() == [1]


def test_ids_at_hand_are_given_without_asking_and_never_twice(django_assert_num_queries):
    with identity.ids_at_hand(2_500):
        with django_assert_num_queries(0):
            within = identity.new_ids(2_000) + identity.new_ids(500)
        after = identity.new_ids(10)
    assert len({*within, *after, *identity.new_ids(1_000)}) == 3_510


def stored_by(make) -> list[int]:
    """What is stored when the second statement of a flight is made by this."""

    def statements():
        yield add(1)
        yield add(make())

    with transaction.atomic():
        prepared.rows_and_commit(statements())
    return stored()


def test_ids_that_run_out_in_flight_are_fetched_by_another_way(monkeypatch):
    monkeypatch.setattr(identity, "_left", [])
    given: list[int] = []

    def make() -> int:
        given.extend(identity.new_ids(identity.BLOCK + 1))
        return 2

    assert stored_by(make) == [1, 2]
    assert len(set(given)) == identity.BLOCK + 1


@pytest.mark.parametrize("ask", [lambda: stored(), lambda: connection.cursor().execute("SELECT 1")])
def test_asking_in_flight_is_an_error_and_does_not_hang(ask):
    with pytest.raises(AssertionError, match="while statements are on their way"):
        stored_by(lambda: ask())
    assert stored() == []
