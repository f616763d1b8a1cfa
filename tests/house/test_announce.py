"""What a start shows only once is shown, however the start goes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backorder.cli import house

NOBODY = "http://127.0.0.1:9"


def announce(stop: threading.Event) -> None:
    house._announce(NOBODY, Path("data"), "bo_first_key", "http://owner", stop)


def test_a_start_that_takes_too_long_still_shows_the_first_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(house, "READY_SECONDS", 0)
    announce(threading.Event())
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "Nobody works here yet. Make the owner's account within three days: http://owner",
        "Your first API key, shown only now: bo_first_key",
    ]
    assert told.err == f"{NOBODY} does not answer after 0 seconds. See: backorder doctor\n"


def test_a_start_that_is_stopped_early_still_shows_the_first_key(capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    stop.set()
    announce(stop)
    told = capsys.readouterr()
    assert "shown only now: bo_first_key" in told.out
    assert told.err == ""
