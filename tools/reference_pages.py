"""The pages of docs/reference, each read from the code: refusals, settings, facts, jobs, commands, API."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

SETTINGS = {
    "BACKORDER_ALERTS": (
        "none",
        "Where the operator is told that something is wrong: addresses as Apprise knows them (Slack, Teams,"
        " mailto ...), with spaces between.",
    ),
    "BACKORDER_DIGEST_MINUTES": ("10", "For how long changed dates are gathered before a customer is told of them."),
    "BACKORDER_MAIL": (
        "none: see /outbox",
        "How e-mail leaves: smtp://user:password@host:587, smtps://..., or anymail://provider?... with the provider's"
        " settings of Anymail in small letters (anymail://postmark?server_token=...).",
    ),
    "BACKORDER_MAIL_FROM": ("Backorder <orders@localhost>", "The sender of e-mail."),
    "BACKORDER_MAIL_QUIET": ("none", "Hours in which customers get no e-mail, in their time, as 22-7."),
    "BACKORDER_MAIL_REPLY_TO": ("the sender", "Where replies go; give them back to us through /hooks/mail."),
    "BACKORDER_MAIL_WEBHOOK_SECRET": ("none", "user:password with which a provider's news of bounces must come."),
    "BACKORDER_RUN_INPUT_DAYS": ("90", "For how many days what a run was decided on is kept, to replay or commit it."),
    "BACKORDER_SHOP_ADDRESS": ("none", "Name and postal address of the shop, below each letter."),
    "BACKORDER_SMS": (
        "none: see /outbox",
        "How texts leave: twilio://account:token@+15551234567, or an Apprise address with {to} in it.",
    ),
    "BACKORDER_DATA": ("./.backorder", "The folder that keeps everything: database, secrets, logs."),
    "BACKORDER_FEED_IMAGE_LINK": ("none", "The picture of an item without `image_link`, with {sku} in it, for feeds."),
    "BACKORDER_FEED_LINK": ("none", "The page of an item without `link`: https://shop.example/p/{sku}, for feeds."),
    "BACKORDER_HOSTS": ("localhost,127.0.0.1,[::1]", "Names under which the server answers, separated by commas."),
    "BACKORDER_LAW_ADDITIONAL_PERIOD_DAYS": ("14", "A13: the additional period that is proposed to a consumer."),
    "BACKORDER_LAW_ASK_HOURS": (
        "12",
        "How many hours before a line's last day ends it is asked about if it has not left.",
    ),
    "BACKORDER_LAW_BILLING_CYCLE_DAYS": ("28", "A8: a billing cycle, where the seller is the creditor."),
    "BACKORDER_LAW_BOUNCED_NOTICE_COUNTS": ("0", "A12: 1: a notice that came back was still sent."),
    "BACKORDER_LAW_CANCELLATION_NEEDS_OPTION": (
        "0",
        "A11: 1: a cancellation before any delay option does not pull trigger (c)(1).",
    ),
    "BACKORDER_LAW_CLOSED": ("none", "Days beside federal holidays on which nobody works: 2026-12-24,2026-12-31."),
    "BACKORDER_LAW_COUNT_AFTER_VESTING": ("1", "A6: the first of 7 working days is the one after the vesting."),
    "BACKORDER_LAW_HOLIDAYS_WORK": ("0", "A2: 1: US federal holidays are working days."),
    "BACKORDER_LAW_LAST_DAY_COUNTS": (
        "1",
        "A1: calendar days, the 30th is still in time; 0: the day before is the last.",
    ),
    "BACKORDER_LAW_NOTICE_WORKING_DAYS": ("1", "A7: within how many working days of knowing a notice should go out."),
    "BACKORDER_LAW_PAYMENT_BLOCK_RESTARTS": (
        "1",
        "A payment block on an order is a payment that failed: the clock starts when the block is lifted.",
    ),
    "BACKORDER_LAW_RANGE_MEANS_LAST": ("1", 'A4: "3-5 days" promises 5; 0: 3.'),
    "BACKORDER_LAW_REASONABLE_DAYS": ("30", 'A10: a "reasonable time" to supply, where a law names no days.'),
    "BACKORDER_LAW_REMIND_DAYS": ("3", "How many days before silence cancels an open question is put once more."),
    "BACKORDER_LAW_SELLER_ZONE": ("UTC", "The seller's time zone, by whose days the law counts too."),
    "BACKORDER_LAW_STATED_TIME": (
        "promised",
        "What counts as a time stated at the order: the first promise and a day the shop showed (promised), or only a"
        " day the shop showed (shown).",
    ),
    "BACKORDER_LAW_UNDUE_DELAY_WORKING_DAYS": ("2", 'A9: "without undue delay", where a law names no days.'),
    "BACKORDER_LAW_UNKNOWN_PAYMENT_COUNTS": (
        "1",
        "An order of which no payment is known counts as paid when it was ordered; 0: its clock has not started.",
    ),
    "BACKORDER_LAW_VESTS_NEXT_DAY": ("1", "A3: a refund vests the day after the period; 0: on its last day."),
    "BACKORDER_LAW_WORKING_WEEKDAYS": ("0,1,2,3,4", "A2: the working weekdays; 0 is Monday."),
    "BACKORDER_LAW_ZONES": ("strictest", "A5: whose days count: strictest (the earlier end of day), buyer or seller."),
    "BACKORDER_LOG_LEVEL": ("WARNING", "How much is logged: DEBUG, INFO, WARNING, ERROR."),
    "BACKORDER_PAYMENT_HOURS": ("24", "Within how many hours money is to move where nothing says by when."),
    "BACKORDER_PAYMENT_WARN_HOURS": (
        "24",
        "How many hours before a hold lapses, or a refund would be late, that is said.",
    ),
    "BACKORDER_OIDC_URL": (
        "none",
        "The company's OpenID Connect, if staff sign in with it; they are invited as others.",
    ),
    "BACKORDER_OIDC_NAME": ("Company sign-in", "What the button of the company's sign-in says."),
    "BACKORDER_OIDC_CLIENT": ("none", "The id that the company's sign-in knows us by."),
    "BACKORDER_OIDC_SECRET": ("none", "The secret that belongs to it."),
    "BACKORDER_PROXIES": ("0", "How many proxies in front of this server tell the caller's address; 0 believes none."),
    "BACKORDER_PUBLIC_URL": (
        "http://localhost:8000",
        "Where customers reach this server: what links in messages begin with.",
    ),
    "BACKORDER_SECRET_KEY": (
        "made once, kept in the data folder",
        "What secrets are sealed with. Change it and sealed webhook secrets cannot be read any more.",
    ),
    "BACKORDER_SIMULATED_CLOCK": (
        "0",
        "1 when an installation is created gives it a clock that may be frozen and moved"
        " forward. It cannot be changed later.",
    ),
    "BACKORDER_WAITLIST_HOURS": (
        "24",
        "For how many hours a unit is held for whoever waited for an item to be back; at most 720.",
    ),
    "BACKORDER_WEBHOOK_ALLOW_PRIVATE": ("0", "1 lets webhooks go to private addresses and over http."),
    "DATABASE_URL": (
        "the embedded PostgreSQL",
        "Another PostgreSQL, 15 or newer: postgresql://user:password@host/name.",
    ),
}
# What others define and we only pass on.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "PGAPPNAME", "PGPASSWORD", "PATH", "HOME", "PYTHONPATH", "TZ"}

Document = Mapping[str, Any]


def pages(root: Path, document: Document) -> dict[str, str]:
    """Every page by its name."""
    source = root / "src" / "backorder"
    return {
        "refusals": _refusals(),
        "settings": _settings(source),
        "facts": _facts(source),
        "jobs": _jobs(),
        "cli": _cli(),
        "api": _api(document),
    }


def settings_in(source: Path) -> set[str]:
    """The environment variables that the code reads."""
    found = set()
    for tree in _trees(source):
        for node in ast.walk(tree):
            name = _read_setting(node)
            if name is not None and name not in NOT_OURS:
                found.add(name)
    return found


def facts_in(source: Path) -> dict[str, str]:
    """The facts that the code records, with the room that does; `{...}` stands for a part that varies."""
    found: dict[str, str] = {}
    for path in sorted(source.rglob("*.py")):
        room = path.relative_to(source).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            name = _recorded_fact(node)
            if name is not None:
                found.setdefault(name, room)
    return dict(sorted(found.items()))


def _refusals() -> str:
    from backorder.api.refusal_index import refusals

    lines = [
        "# Refusals\n",
        "What the product says no to; a refusal changes nothing. Names in braces are values it"
        " carries. Over HTTP a refusal is problem details whose `type` ends with its name.\n",
        "| name | status | it says |",
        "|---|---|---|",
    ]
    lines += [f'| <a id="{one.name}"></a>`{one.name}` | {one.status} | {_cell(one.says)} |' for one in refusals()]
    return "\n".join(lines) + "\n"


def _settings(source: Path) -> str:
    assert settings_in(source) == SETTINGS.keys(), settings_in(source) ^ SETTINGS.keys()
    lines = ["# Settings\n", "All settings are environment variables.\n", "| name | usually | what |", "|---|---|---|"]
    lines += [f"| `{name}` | {usual} | {what} |" for name, (usual, what) in sorted(SETTINGS.items())]
    return "\n".join(lines) + "\n"


def _facts(source: Path) -> str:
    from backorder.notices.publish import is_public

    lines = [
        "# Facts\n",
        "What the journal records, with the room it comes from. Public ones may go to webhooks.\n",
        "| fact | room | public |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {room} | {'yes' if is_public(name) else 'no'} |" for name, room in facts_in(source).items()
    ]
    return "\n".join(lines) + "\n"


def _jobs() -> str:
    from backorder.jobs import JOBS

    lines = [
        "# Jobs\n",
        "What the worker does by itself, and how long it rests when it found nothing to do.\n",
        "| job | rests |",
        "|---|---|",
    ]
    lines += [f"| {job.name} | {job.every:g} s |" for job in JOBS]
    return "\n".join(lines) + "\n"


def _cli() -> str:
    from backorder.cli import main

    lines = ["# Commands\n"]
    with click.Context(main, info_name="backorder") as context:
        for name, command in _commands(main, context, "backorder"):
            lines += [
                f"## {name}\n",
                _help(command),
                "```",
                f"{name} {_usage(command)}".rstrip(),
                "```\n",
                *_options(command),
            ]
    return "\n".join(lines).rstrip() + "\n"


def _commands(group: click.Group, context: click.Context, prefix: str) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from _commands(command, context, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def _help(command: click.Command) -> str:
    return " ".join((command.help or "").split()) + "\n"


def _usage(command: click.Command) -> str:
    options = ["[OPTIONS]"] if any(isinstance(one, click.Option) for one in command.params) else []
    arguments = [one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument)]
    return " ".join([*options, *arguments])


def _options(command: click.Command) -> list[str]:
    options = [one for one in command.params if isinstance(one, click.Option)]
    if not options:
        return []
    rows = [f"| `{', '.join([*one.opts, *one.secondary_opts])}` | {_cell(one.help or '')} |" for one in options]
    return ["| option | what |", "|---|---|", *rows, ""]


def _api(document: Document) -> str:
    from backorder.api.reference import tags

    lines = [
        "# API\n",
        "Below `/api/v1`. The same, with every field, is in [openapi.json](../openapi.json) and at"
        " `/api/docs` of an installation.\n",
    ]
    for tag in tags(document):
        lines += [f"## {tag['name'].capitalize()}\n", "| call | what | scope |", "|---|---|---|"]
        lines += [
            f"| `{one['verb']} {one['path']}` | {_cell(one['summary'])} | {one['scope']} |" for one in tag["operations"]
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _trees(source: Path) -> Iterator[ast.AST]:
    for path in sorted(source.rglob("*.py")):
        yield ast.parse(path.read_text())


def _read_setting(node: ast.AST) -> str | None:
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        return _constant(node.slice)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
        return _constant(node.args[0])
    return None


def _recorded_fact(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called not in ("Fact", "tell", "_changed"):
        return None
    name = _constant(node.args[0])
    return name if name is not None and re.fullmatch(r"[a-z_{}.]+", name) else None


def _constant(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{...}" for part in node.values)
    return None


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
