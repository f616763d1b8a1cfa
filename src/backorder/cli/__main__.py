"""`python -m backorder.cli` is the same as `backorder`."""

from backorder.cli import main

main(prog_name="backorder")
