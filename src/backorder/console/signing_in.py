"""Sign-in, as django-allauth asks us about it: nobody signs up by themselves, secrets are sealed, sign-ins are told."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from backorder.journal import clock
from backorder.journal.record import Fact, record

SEEN_EVERY_SECONDS = 300


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """People come in by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an administrator invites."""
        return False

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in, and say so in the journal."""
        super().login(request, user)
        with transaction.atomic():
            record([Fact("staff.signed_in", f"staff/{user.pk}", {})], actor=f"staff:{user.pk}", at=clock.now())

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """To the console."""
        return str(settings.LOGIN_REDIRECT_URL)


class CompanyAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The company's sign-in lets in whoever was invited under the same, verified e-mail address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: an administrator invites."""
        return False


class SecondSteps(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals what second steps are checked against: the table alone opens nothing."""

    def encrypt(self, text: str) -> str:
        """Seal with the installation's secret."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return _seal().decrypt(encrypted_text.encode()).decode()


class Seen:
    """Remembers when and from where each session was last used, for the list of sessions; at most every 5 minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only pages of people have a session; the API is not slowed down by looking for one.
        if request.path.startswith("/console/") and settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._see(request)
        return self.get_response(request)

    def _see(self, request: HttpRequest) -> None:
        if not request.user.is_authenticated:
            return
        last = request.session.get("seen", 0)
        if time.time() - last < SEEN_EVERY_SECONDS:
            return
        request.session["seen"] = int(time.time())
        UserSession.objects.create_from_request(request)


def _seal() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"second steps of staff")
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))
