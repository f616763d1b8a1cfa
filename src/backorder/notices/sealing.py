"""Secrets that must be used again, and so cannot be hashed, are kept encrypted (Fernet: AES-128-CBC with HMAC).

The key is derived from Django's SECRET_KEY, which lies outside the database: a copy of the tables alone opens nothing.
SECRET_KEY_FALLBACKS still open what they closed.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PURPOSE = b"backorder webhook secrets"


class CannotOpen(Exception):
    """The secret was sealed under a SECRET_KEY that this installation no longer has."""


def seal(secret: str) -> str:
    """Encrypt `secret` for the database."""
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises CannotOpen."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen from None


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str | bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(force_bytes(secret))
    return Fernet(base64.urlsafe_b64encode(derived))
