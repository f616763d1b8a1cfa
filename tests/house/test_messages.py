"""What rooms say is translated, and the compiled catalogs are those of the texts."""

import pytest
from tools import messages


@pytest.mark.parametrize("room", ["notices"])
def test_every_room_says_everything_in_its_languages(room, monkeypatch):
    found = messages.rooms()
    monkeypatch.setattr(messages, "rooms", lambda: {name: found[name] for name in (room,) if name in found})
    assert messages.stale() == []


def test_a_new_message_is_found_wanting(monkeypatch, tmp_path):
    """The negative control: with a sentence that nobody translated, the check names it."""
    said = messages.said_in("notices")
    said.add("Nobody ever translated this.")
    monkeypatch.setattr(messages, "rooms", lambda: {"notices": ("de",)})
    monkeypatch.setattr(messages, "said_in", lambda room: said)
    assert "notices does not say in de: Nobody ever translated this." in messages.stale()
