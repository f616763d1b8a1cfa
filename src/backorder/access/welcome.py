"""Links that let somebody choose the first password: the owner of a new installation, or a person who was invited.

A link is sealed, works for three days and once: it carries a mark of the password that it replaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from backorder.journal.refusals import Refused

from . import staff
from .staff import Person

SALT = "backorder.welcome"
GOOD_FOR = timedelta(days=3)
PASSWORD_CHARACTERS = 200
OWNER = 0


@dataclass(frozen=True, slots=True)
class Welcome:
    """Whom a link welcomes; None is the owner that the installation does not have yet."""

    person: Person | None


def owner_link() -> str | None:
    """The end of the owner's link; None once there is an owner."""
    return None if staff.has_owner() else signing.dumps([OWNER, ""], salt=SALT, compress=False)


def link(user_id: int) -> str:
    """The end of a person's link: whoever has it chooses the password."""
    return signing.dumps([user_id, _mark(User.objects.get(pk=user_id))], salt=SALT, compress=False)


def open_link(token: str) -> Welcome:
    """Whom the link welcomes; refused (welcome_link_over, 404) when it is forged, too old or was used."""
    try:
        user_id, mark = signing.loads(token[:500], salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        raise _over() from None
    if user_id == OWNER:
        if staff.has_owner():
            raise _over()
        return Welcome(None)
    person = staff.find(user_id)
    user = User.objects.filter(pk=user_id).first()
    if person is None or user is None or mark != _mark(user):
        raise _over()
    return Welcome(person)


@transaction.atomic
def choose_password(token: str, *, password: str, email: str = "", name: str = "") -> Person:
    """Give whoever the link welcomes this password; the owner is made now, by e-mail and name.

    Refuses a weak password, saying what is weak.
    """
    person = open_link(token).person or staff.first_owner(email, name=name)
    user = User.objects.select_for_update().get(pk=person.id)
    try:
        if len(password) > PASSWORD_CHARACTERS:
            raise ValidationError(f"A password has at most {PASSWORD_CHARACTERS} characters.")
        validate_password(password, user)
    except ValidationError as error:
        says = " ".join(error.messages)
        raise Refused("password_is_weak", says, field="password") from None
    user.set_password(password)
    user.save(update_fields=["password"])
    return person


def _mark(user: User) -> str:
    return salted_hmac(SALT, f"{user.pk}/{user.password}").hexdigest()[:20]


def _over() -> Refused:
    return Refused(
        "welcome_link_over", "This link is over. Ask an administrator for another one.", status=404, field="link"
    )
