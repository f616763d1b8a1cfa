"""The octets of a letter, read again by the library: what goes out says what was meant, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.notices.channels import mime
from backorder.notices.channels.outcome import Outgoing

SHOP = "Wärme & Licht <orders@shop.example>"


def notice(
    subject: str = "5 now", text: str = "Hello\n", html: str = "<p>Hello</p>\n", name: str = "", at: str = "h@x.example"
) -> Outgoing:
    return Outgoing(
        1, "order_received", "email", at, name, subject, text, html, {}, "<n1.ab@shop.example>", 0,
        datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def read(one: Outgoing, **headers: str) -> tuple[bytes, EmailMessage]:
    raw = mime.octets(one, headers, sender=SHOP)
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return raw, found


def said(message: EmailMessage) -> list[tuple[str, str]]:
    parts = message.iter_parts() if message.is_multipart() else [message]
    return [
        (part.get_content_type(), part.get_content().replace("\r\n", "\n"))
        for part in parts
        if isinstance(part, EmailMessage)
    ]


def test_a_letter_reads_as_it_was_written() -> None:
    raw, found = read(
        notice("Ihre Lampen: 5 jetzt, 2 am 12.–16. Dezember", "Grüße\n", "<p>Grüße</p>\n", name="Jürgen Ünal"),
        **{"Message-ID": "<n1.ab@shop.example>"},
    )
    assert found["Subject"] == "Ihre Lampen: 5 jetzt, 2 am 12.–16. Dezember"
    assert found["From"] == SHOP
    assert found["To"].addresses[0].display_name == "Jürgen Ünal"
    assert found["To"].addresses[0].addr_spec == "h@x.example"
    assert found["Message-ID"] == "<n1.ab@shop.example>"
    assert said(found) == [("text/plain", "Grüße\n"), ("text/html", "<p>Grüße</p>\n")]
    assert found.get_content_type() == "multipart/alternative"
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_a_text_without_a_letter_has_one_part() -> None:
    assert said(read(notice(html=""))[1]) == [("text/plain", "Hello\n")]


def test_a_line_too_long_for_mail_is_quoted() -> None:
    text = "ä = " * 700 + "end  \nnext\n"
    raw, found = read(notice(text=text))
    assert said(found)[0] == ("text/plain", text)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_a_long_header_is_folded_between_its_words() -> None:
    ids = " ".join(f"<n{n}.0123456789abcdef@shop.example>" for n in range(9))
    raw, found = read(notice(), References=ids)
    assert found["References"] == ids
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


@pytest.mark.parametrize("where", ["subject", "name"])
def test_a_line_end_cannot_become_a_header(where: str) -> None:
    with pytest.raises(ValueError, match="newline"):
        mime.octets(notice(**{where: "5 now\r\nBcc: all@x.example"}), {}, sender=SHOP)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid address"):
        mime.octets(notice(at="h@x.example, all@x.example"), {}, sender=SHOP)


def test_the_same_notice_gives_the_same_octets_but_for_its_date() -> None:
    first, again = (read(notice())[0].split(b"\r\n") for _ in range(2))
    assert [line for line in first if not line.startswith(b"Date:")] == [
        line for line in again if not line.startswith(b"Date:")
    ]


@given(st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=200))
def test_any_subject_arrives(subject: str) -> None:
    as_sent = " ".join(subject.split())
    raw, found = read(notice(as_sent))
    assert str(found["Subject"] or "") == as_sent
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998
