"""The people who work here: invited by an administrator, given roles, ended; the first one is the owner.

A person is named `staff:<id>` in the journal. Passwords, second steps and sessions belong to django-allauth; here is
who may come in at all and what they may do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction

from backorder.journal import clock
from backorder.journal.record import Fact, record
from backorder.journal.refusals import Refused, unknown

from .keys import ADMIN, allows
from .models import Staff
from .roles import ROLES, scopes_of

NAME_CHARACTERS = 100
EMAIL_CHARACTERS = 254
LANGUAGES = ("", "en", "de")
THEMES = ("", "light", "dark")
DENSITIES = ("", "roomy")
# Two first owners at once would both be the owner: one waits for the other.
_OWNER_LOCK = 0x6F776E6572


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as the doors see them."""

    id: int
    name: str
    email: str
    roles: tuple[str, ...]
    language: str
    zone: str
    theme: str
    density: str
    ended_at: datetime | None = None

    @property
    def actor(self) -> str:
        """How the journal names this person."""
        return f"staff:{self.id}"

    @property
    def scopes(self) -> frozenset[str]:
        """Everything this person's roles allow."""
        return scopes_of(self.roles)

    def may(self, scope: str) -> bool:
        """Does one of the roles allow `scope`?"""
        return allows(self.scopes, scope)


def find(user_id: int) -> Person | None:
    """The person of a sign-in; None for one who has left or never worked here."""
    row = Staff.objects.select_related("user").filter(user_id=user_id, ended_at=None, user__is_active=True).first()
    return _person(row) if row else None


def people() -> list[Person]:
    """Everybody, also those who have left, by name."""
    return [_person(row) for row in Staff.objects.select_related("user").order_by("name", "user_id")]


def by_email(email: str) -> Person:
    """The person who signs in with this address; refused if there is none."""
    row = Staff.objects.select_related("user").filter(user__email__iexact=email.strip()).first()
    if row is None:
        raise unknown("staff", email[:EMAIL_CHARACTERS])
    return _person(row)


def names(actors: Iterable[str]) -> dict[str, str]:
    """The names behind `staff:<id>`, for pages that say who did something."""
    ids = {int(actor[6:]) for actor in actors if actor.startswith("staff:") and actor[6:].isdecimal()}
    found = Staff.objects.filter(user_id__in=ids).values_list("user_id", "name") if ids else ()
    return {f"staff:{id}": name for id, name in found}


def has_owner() -> bool:
    """Is there an administrator who can come in?"""
    return Staff.objects.filter(roles__contains=[ADMIN], ended_at=None, user__is_active=True).exists()


@transaction.atomic
def invite(email: str, *, name: str, roles: Sequence[str], actor: str, now: datetime | None = None) -> Person:
    """Let a person in who has no password yet: a welcome link, or the company's sign-in, gives them one.

    Refuses a bad or taken e-mail address, an empty or long name, no or unknown roles.
    """
    email = email.strip().lower()
    _check(email, name, roles)
    now = now or clock.now()
    try:
        with transaction.atomic():
            user = User.objects.create_user(username=f"staff-{secrets.token_hex(8)}", email=email)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    except IntegrityError:
        raise _taken(email) from None
    row = Staff.objects.create(user=user, name=name.strip(), roles=_ordered(roles), invited_at=now)
    record([Fact("staff.invited", f"staff/{user.pk}", {"roles": row.roles})], actor=actor, at=now)
    return _person(row)


@transaction.atomic
def first_owner(email: str, *, name: str, now: datetime | None = None) -> Person:
    """The first administrator of an installation; refused (owner_exists, 409) once there is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_OWNER_LOCK])
    if has_owner():
        raise Refused("owner_exists", "This installation has an owner. Ask them to invite you.", status=409)
    return invite(email, name=name, roles=[ADMIN], actor="first run", now=now)


@transaction.atomic
def set_roles(user_id: int, *, roles: Sequence[str], actor: str, now: datetime | None = None) -> Person:
    """Give a person these roles instead of the ones they have; the last administrator stays one (last_admin, 409)."""
    row = _locked(user_id)
    _check_roles(roles)
    if row.roles == _ordered(roles):
        return _person(row)
    if ADMIN in row.roles and ADMIN not in roles:
        _keep_an_admin(user_id)
    now = now or clock.now()
    body = {"before": row.roles, "roles": _ordered(roles)}
    row.roles = _ordered(roles)
    row.save(update_fields=["roles"])
    record([Fact("staff.roles_changed", f"staff/{user_id}", body)], actor=actor, at=now)
    return _person(row)


@transaction.atomic
def end(user_id: int, *, actor: str, now: datetime | None = None) -> None:
    """Let a person in no more, at once and everywhere; twice changes nothing."""
    row = _locked(user_id)
    if row.ended_at is not None:
        return
    if ADMIN in row.roles:
        _keep_an_admin(user_id)
    row.ended_at = now or clock.now()
    row.save(update_fields=["ended_at"])
    User.objects.filter(pk=user_id).update(is_active=False)
    record([Fact("staff.ended", f"staff/{user_id}", {})], actor=actor, at=row.ended_at)


def prefer(user_id: int, *, language: str, zone: str, theme: str, density: str) -> None:
    """Keep how a person likes their pages; refused for what there is not."""
    known = {"language": LANGUAGES, "theme": THEMES, "density": DENSITIES, "zone": available_timezones()}
    given = {"language": language, "theme": theme, "density": density, "zone": zone}
    for field, value in given.items():
        if value not in known[field]:
            raise Refused("invalid_field", f"There is no {field} {value[:50]!r}.", field=field, value=value[:50])
    Staff.objects.filter(user_id=user_id).update(**given)


def _person(row: Staff) -> Person:
    return Person(
        id=row.user_id,
        name=row.name,
        email=row.user.email,
        roles=tuple(row.roles),
        language=row.language,
        zone=row.zone,
        theme=row.theme,
        density=row.density,
        ended_at=row.ended_at,
    )


def _locked(user_id: int) -> Staff:
    row = Staff.objects.select_for_update(of=("self",)).select_related("user").filter(user_id=user_id).first()
    if row is None:
        raise unknown("staff", user_id)
    return row


def _keep_an_admin(user_id: int) -> None:
    # All administrators are locked, so that two who end each other do not both succeed.
    others = Staff.objects.select_for_update().filter(roles__contains=[ADMIN], ended_at=None).order_by("user_id")
    if not [row for row in others if row.user_id != user_id]:
        raise Refused(
            "last_admin", "This is the last administrator; make another one first.", status=409, field="roles"
        )


def _check(email: str, name: str, roles: Sequence[str]) -> None:
    if not 1 <= len(name.strip()) <= NAME_CHARACTERS:
        raise Refused(
            "staff_name_length",
            f"A name has 1 to {NAME_CHARACTERS} characters, not {len(name.strip())}.",
            field="name",
            value=name[: NAME_CHARACTERS * 2],
            limit=NAME_CHARACTERS,
        )
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(
            "email_not_valid", "That is no e-mail address.", field="email", value=email[:EMAIL_CHARACTERS]
        ) from None
    if User.objects.filter(email__iexact=email).exists():
        raise _taken(email)
    _check_roles(roles)


def _check_roles(roles: Sequence[str]) -> None:
    wrong = sorted(set(roles) - ROLES.keys())
    if wrong or not roles:
        raise Refused(
            "unknown_role",
            f"A person needs roles out of {', '.join(ROLES)}; not {', '.join(wrong)[:100] or 'none at all'}.",
            field="roles",
            value=wrong,
            limit=list(ROLES),
        )


def _taken(email: str) -> Refused:
    return Refused(
        "email_is_taken", f"Somebody works here under {email} already.", status=409, field="email", value=email
    )


def _ordered(roles: Iterable[str]) -> list[str]:
    return [role for role in ROLES if role in set(roles)]
