"""backorder: sell what is out of stock, and keep the promise."""

__version__ = "0.1.0"
