"""The extract that ships: what is in it, where it comes from, and how it moves to today."""

import gzip
from datetime import date
from importlib.resources import files

from backorder.demo import extract

DATA = files("backorder.demo") / "data"
TODAY = date(2026, 11, 23)


def test_it_holds_what_its_notice_says() -> None:
    found = extract.baskets(last_day=date(2011, 8, 31))
    lines = [line for basket in found for line in basket.lines]
    assert (len(found), len(lines)) == (10_664, 34_569)
    assert len({line.sku for line in lines}) == 160 == len(extract.item_names())
    assert max(len(basket.lines) for basket in found) == 4
    assert (min(line.units for line in lines), max(line.units for line in lines)) == (1, 972)
    assert min(line.price_minor for line in lines) > 0
    assert (found[0].at.date(), found[-1].at.date()) == (date(2010, 12, 1), date(2011, 8, 31))


def test_returns_follow_their_sale_and_are_no_larger() -> None:
    lines = [line for basket in extract.baskets(last_day=TODAY) for line in basket.lines]
    back = [line for line in lines if line.returned_at]
    assert len(back) > 500
    assert all(0 < line.returned_units <= line.units for line in back)
    assert all(line.returned_at and line.returned_at > line.at for line in back)


def test_source_and_licence_lie_beside_it() -> None:
    notice = (DATA / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for words in ("Chen, Daqing", "10.24432/C5BW33", "CC BY 4.0", "Changes made to it", "United States Government"):
        assert words in notice
    assert {path.name for path in DATA.iterdir()} == {
        "ATTRIBUTION.md", "online_retail_items.csv.gz", "online_retail_lines.csv.gz", "scms_lateness.csv.gz",
    }  # fmt: skip


def test_it_is_small() -> None:
    assert sum(len(path.read_bytes()) for path in DATA.iterdir()) < 1_000_000


def test_customers_are_numbers_or_nobody() -> None:
    customers = {basket.customer for basket in extract.baskets(last_day=TODAY)}
    assert "" in customers
    assert all(name.isdigit() for name in customers - {""})


def test_days_move_by_whole_weeks_and_end_today() -> None:
    then, now = extract.baskets(last_day=date(2011, 8, 31)), extract.baskets(last_day=TODAY)
    shift = now[0].at - then[0].at
    assert shift.days % 7 == 0
    assert shift.seconds == 0
    assert now[-1].at.date() == date(2026, 11, 22)  # A Sunday; the day after had none before this extract ends.
    assert not {basket.at.weekday() for basket in now} & {5}  # Nobody bought on Saturdays.


def test_the_last_days_only() -> None:
    found = extract.baskets(last_day=TODAY, days=10)
    assert found[0].at.date() >= date(2026, 11, 14)
    assert found == [basket for basket in extract.baskets(last_day=TODAY) if basket.at.date() >= date(2026, 11, 14)]


def test_lateness_is_that_of_vendors_with_enough_deliveries() -> None:
    late = extract.lateness()
    assert next(iter(late)) == "Aurobindo Pharma Limited"
    assert len(late["Aurobindo Pharma Limited"]) == 505
    assert min(map(len, late.values())) >= 20
    all_days = [days for known in late.values() for days in known]
    assert max(all_days) == 192
    assert 0.05 < sum(days > 0 for days in all_days) / len(all_days) < 0.15


def test_the_files_hold_no_names_of_places_they_were_cut_from() -> None:
    for path in DATA.iterdir():
        content = path.read_bytes()
        text = gzip.decompress(content) if path.name.endswith(".gz") else content
        assert b"/work" not in text
        assert b"/tmp" not in text
