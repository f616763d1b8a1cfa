"""Where the demo may be played: never over data that are not its own."""

from pathlib import Path

import pytest

from backorder.demo import command


def test_it_does_not_touch_other_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    monkeypatch.setenv("BACKORDER_DATA", str(tmp_path))
    with pytest.raises(command.DemoRefused, match="holds data that are no demo"):
        command.run(once=True, again=True, host="127.0.0.1", port=8400, days=2, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_it_leaves_a_database_of_others_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / command.MARK).touch()
    monkeypatch.setenv("BACKORDER_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost/nothing")
    with pytest.raises(command.DemoRefused, match="DATABASE_URL"):
        command.run(once=True, again=True, host="127.0.0.1", port=8400, days=2, seed=1)
    assert (tmp_path / command.MARK).exists()
