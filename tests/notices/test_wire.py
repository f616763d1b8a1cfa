"""No call leads into a private network, whatever a name resolves to and whenever it changes its mind."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backorder.notices import wire
from tests.notices.receiver import Receiver, receiving


def post(url: str, *, allow_private: bool = False) -> wire.Outcome:
    return asyncio.run(wire.post(url, b"{}", {"webhook-id": "msg_1"}, allow_private=allow_private))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names that resolve to what the test says; how often each was asked is kept under `asked`."""
    found: dict[str, list[str]] = {"asked": []}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *more: object, **named: object) -> object:
        if host not in found:
            return real(host, port, *more, **named)  # type: ignore[arg-type]
        found["asked"].append(host)
        address = found[host][min(found["asked"].count(host), len(found[host])) - 1]
        return [answer for part in address.split() for answer in real(part, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return found


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fc00::1",
        "fd12::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "nonsense",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not wire.is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
)
def test_addresses_that_are_public(address: str) -> None:
    assert wire.is_public(address)


def test_a_private_address_is_not_called(receiver: Receiver) -> None:
    outcome = post(receiver.url)
    assert outcome == wire.Outcome(None, "127.0.0.1 is 127.0.0.1, which is not a public address.")
    assert receiver.received == []
    assert post(receiver.url, allow_private=True) == wire.Outcome(204)
    assert len(receiver.received) == 1


def test_a_public_name_of_a_private_address_is_not_called(receiver: Receiver, names: dict[str, list[str]]) -> None:
    names["hooks.example"] = ["127.0.0.1"]
    url = receiver.url.replace("127.0.0.1", "hooks.example")
    assert post(url).error == "hooks.example is 127.0.0.1, which is not a public address."
    names["mixed.example"] = ["8.8.8.8 127.0.0.1"]
    assert "127.0.0.1" in post(url.replace("hooks.example", "mixed.example")).error
    assert receiver.received == []


def test_a_name_that_changes_its_answer_is_asked_once(
    receiver: Receiver, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the address that was checked is the one that is called."""
    names["rebind.example"] = ["8.8.8.8", "127.0.0.1"]
    called: list[str] = []

    async def connect(self: object, protocol: object, host: str, *_: object, **__: object) -> object:
        called.append(host)
        raise OSError("unreachable")

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", connect)
    outcome = post(receiver.url.replace("127.0.0.1", "rebind.example"))
    assert names["asked"] == ["rebind.example"]
    assert called == ["8.8.8.8"]
    assert outcome.status is None
    assert receiver.received == []


def test_the_receiver_sees_the_name_it_was_called_by(receiver: Receiver, names: dict[str, list[str]]) -> None:
    names["hooks.example"] = ["127.0.0.1"]
    assert post(receiver.url.replace("127.0.0.1", "hooks.example"), allow_private=True) == wire.Outcome(204)
    (request,) = receiver.received
    assert request.headers["host"] == receiver.url.split("/")[2].replace("127.0.0.1", "hooks.example")
    assert request.path == "/hook?shop=1"
    assert request.headers["webhook-id"] == "msg_1"


def test_the_second_address_of_a_name_is_tried_when_the_first_does_not_answer(
    receiver: Receiver, names: dict[str, list[str]]
) -> None:
    names["hooks.example"] = ["127.0.0.2 127.0.0.1"]
    assert post(receiver.url.replace("127.0.0.1", "hooks.example"), allow_private=True) == wire.Outcome(204)


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.answers = [(302, {"Location": receiver.url})]
    assert post(receiver.url, allow_private=True) == wire.Outcome(302, "The answer was 302 Found.")
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("0", 0.0), ("soon", None), ("-5", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
def test_retry_after_is_seconds_or_a_date(receiver: Receiver, value: str, seconds: float | None) -> None:
    receiver.answers = [(503, {"Retry-After": value})]
    assert post(receiver.url, allow_private=True).retry_after == seconds


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert post(receiver.url, allow_private=True) == wire.Outcome(204)


def test_a_silent_receiver_is_left_in_time(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    receiver.before_answer = lambda: go_on.wait(30)
    monkeypatch.setattr(wire, "TOTAL_SECONDS", 0.2)
    outcome = post(receiver.url, allow_private=True)
    go_on.set()
    assert outcome == wire.Outcome(None, "There was no answer within 0 seconds.")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[::", "http://does-not-exist.invalid/"])
def test_what_cannot_be_reached_is_an_outcome_and_no_error(url: str) -> None:
    outcome = post(url, allow_private=True)
    assert outcome.status is None
    assert outcome.error


def test_the_certificate_must_be_that_of_the_name(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names["hooks.example"] = names["other.example"] = ["127.0.0.1"]
    certificate, key = _certificate("hooks.example", tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(wire, "_tls", lambda: trusting)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    with receiving(serving) as receiver:
        url = receiver.url.replace("http:", "https:")
        assert post(url.replace("127.0.0.1", "hooks.example"), allow_private=True) == wire.Outcome(204)
        refused = post(url.replace("127.0.0.1", "other.example"), allow_private=True)
    assert [request.path for request in receiver.received] == ["/hook?shop=1"]
    assert refused.status is None
    assert "Hostname mismatch" in refused.error


def _certificate(name: str, folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private
