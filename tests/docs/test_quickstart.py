"""The quickstart's calls work, one after the other, and answer what the page says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from backorder.access import keys, limits
from backorder.orders.deciding.redecide import work_marks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "quickstart.md"
STEP = re.compile(r"```(curl|json)\n(.*?)```|<!-- keep (\w+)=([\w.]+) -->", re.DOTALL)


@pytest.mark.django_db
def test_every_call_of_the_quickstart_works() -> None:
    keys.forget()
    limits.forget()
    known = {"ADDRESS": "", "KEY": keys.create(name="quickstart", scopes=["admin"])}
    client, answer, calls = Client(), None, 0
    for kind, text, name, path in STEP.findall(PAGE.read_text()):
        if kind == "curl":
            for line in text.strip().splitlines():
                answer = _call(client, line, known)
                calls += 1
                work_marks(100)
        elif kind == "json":
            assert _holds(answer, json.loads(text)), (text, answer)
        else:
            known[name] = str(_at(answer, path))
    assert calls == 17


def _call(client: Client, line: str, known: dict[str, str]) -> Any:
    words = shlex.split(re.sub(r"\$([A-Z]+)", lambda found: known[found[1]], line))
    assert words.pop(0) == "curl"
    method, body, headers, url = "GET", "", {}, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-d":
            body = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        else:
            url = word
    media_type = headers.pop("Content-Type", "")
    answer = client.generic(method, url, body, content_type=media_type, headers=headers)
    assert 200 <= answer.status_code < 300, (line, answer.content)
    return answer.json()


def _holds(answer: Any, wanted: Any) -> bool:
    """Does the answer say what is wanted, whatever else it says?"""
    if isinstance(wanted, dict):
        return all(name in answer and _holds(answer[name], value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return len(answer) == len(wanted) and all(map(_holds, answer, wanted))
    return bool(answer == wanted)


def _at(answer: Any, path: str) -> Any:
    for step in path.split("."):
        answer = answer[int(step)] if step.isdigit() else answer[step]
    return answer
