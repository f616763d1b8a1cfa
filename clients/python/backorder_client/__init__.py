"""Call a backorder installation from Python."""

from .client import Client
from .transport import Pages, Refused, Unreachable

__all__ = ["Client", "Pages", "Refused", "Unreachable"]
