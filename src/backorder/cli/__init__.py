"""The `backorder` command. Each subcommand lives in the module that COMMANDS names and is loaded when it is needed."""

import sys
from importlib import import_module

import click

from backorder import __version__

COMMANDS = {
    "demo": "demo",
    "serve": "house",
    "web": "house",
    "work": "house",
    "migrate": "house",
    "import": "transfer",
    "export": "transfer",
    "run": "runs",
    "verify": "books",
    "repair": "books",
    "doctor": "doctor",
    "backup": "copies",
    "restore": "copies",
    "keys": "keys",
    "staff": "staff",
    "clock": "clock",
    "bench": "bench",
}


class Commands(click.Group):
    """A group that imports a command's module only when the command is asked for, and says refusals as sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of COMMANDS: the common ones first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"backorder.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what it cannot do is told in a sentence, not in a traceback."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not _is_refusal(error):
                raise
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backorder")
def main() -> None:
    """Sell what is out of stock, and keep the promise.

    The data are kept in the folder BACKORDER_DATA (./.backorder by default); DATABASE_URL names another PostgreSQL.
    """


def _is_refusal(error: Exception) -> bool:
    # The classes are looked up only if their modules were loaded: a command that never did cannot have raised them.
    known = {
        "backorder.journal.refusals": "Refused",
        "backorder.config.embedded": "DatabaseUnavailable",
        "backorder.config.server": "AddressInUse",
        "backorder.config.installation": "AlreadyServed",
        "backorder.config.copies": "CopyFailed",
    }
    loaded = [getattr(sys.modules[module], name) for module, name in known.items() if module in sys.modules]
    return isinstance(error, tuple(loaded))
