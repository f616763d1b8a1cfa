"""A notice as the octets that go over SMTP: a text and a letter in HTML under a few headers.

The library's composer handles every mail there is, and costs more than all else that sending does; this one knows only
our letters. The same notice always gives the same octets but for its date: a repetition is recognisable as one.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterator, Mapping
from email.utils import formataddr, formatdate
from functools import lru_cache
from hashlib import sha256

from django.core.mail import BadHeaderError
from django.core.mail.message import sanitize_address

from .outcome import Outgoing

LINE = 76
LONGEST_LINE = 998  # RFC 5322, 2.1.1
_WORD = LINE - len("Subject: ") - len("=?utf-8?q??=")
# Addresses that are the same in a header and an envelope, as nearly all are.
_USUAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_LINE_END = re.compile("\r\n|\r|\n")
_BARE_END = re.compile(rb"\r?\n")

# RFC 2047, 4.2 and 5: letters, digits and what no header gives a meaning to stand for themselves.
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_OCTETS = [chr(n) if n in _PLAIN else "_" if n == 32 else f"={n:02X}" for n in range(256)]


def octets(one: Outgoing, headers: Mapping[str, str], *, sender: str) -> bytes:
    """The whole message; `headers` come besides those that every message has. ValueError for what no header can say."""
    boundary = f"=_{sha256(f'{one.message_id}{one.text}{one.html}'.encode()).hexdigest()[:40]}"
    several = f'multipart/alternative; boundary="{boundary}"'
    own = {
        "Subject": one.subject,
        "From": mailbox(sender),
        "To": _named(one.name, mailbox(one.address)),
        "Date": formatdate(),
        "MIME-Version": "1.0",
        **headers,
    }
    if not one.html:
        head, body = _part("plain", one.text)
        return _head(own) + head + b"\r\n" + body
    parts = b"".join(
        b"--%s\r\n%s\r\n%s\r\n" % (boundary.encode(), *_part(kind, said))
        for kind, said in (("plain", one.text), ("html", one.html))
    )
    return _head({**own, "Content-Type": several}) + b"\r\n" + parts + b"--%s--\r\n" % boundary.encode()


@lru_cache(maxsize=500)
def mailbox(given: str) -> str:
    """`Name <address>` or an address alone in ASCII, for a header or an envelope. ValueError if it is none."""
    if _USUAL.fullmatch(given):
        return given
    made: str = sanitize_address(given, "utf-8")
    return made


def _named(name: str, address: str) -> str:
    """Somebody's address with the name: as encoded words, if it is not in ASCII."""
    return formataddr((name, address)) if name.isascii() else f"{' '.join(_encoded(name))} <{address}>"


def _head(headers: Mapping[str, str]) -> bytes:
    return "".join(_header(name, value) for name, value in headers.items()).encode("ascii")


def _header(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        raise BadHeaderError(f"Header values can't contain newlines (got {value!r} for header {name!r})")
    words = value.split(" ") if value.isascii() else list(_encoded(value))
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > LINE and line != f"{name}:" and word:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"


def _encoded(text: str) -> Iterator[str]:
    """The encoded words of a text, none of which cuts a letter in two (RFC 2047)."""
    word = ""
    for letter in text:
        said = "".join(_OCTETS[octet] for octet in letter.encode())
        if len(word) + len(said) > _WORD:
            yield f"=?utf-8?q?{word}?="
            word = ""
        word += said
    yield f"=?utf-8?q?{word}?="


def _part(kind: str, said: str) -> tuple[bytes, bytes]:
    """The headers of a part and its body, lines ended as mail ends them."""
    body = _LINE_END.sub("\r\n", said).encode()
    how = "7bit" if body.isascii() else "8bit"
    if max(map(len, body.split(b"\r\n"))) > LONGEST_LINE:
        how, body = "quoted-printable", _quoted(body)
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {how}\r\n'
    return head.encode(), body


def _quoted(body: bytes) -> bytes:
    return _BARE_END.sub(b"\r\n", b2a_qp(body, istext=True))
