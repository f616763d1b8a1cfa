"""The pages about goods hang in from here: items, what comes, what is there, what leaves; and the settings."""

from . import (
    files,
    inbound,
    inbound_moving,
    inbound_receiving,
    item_page,
    item_substitute,
    items,
    jobs,
    people,
    policies,
    purchasing,
    settings,
    ship,
    shipping,
    stock,
)

PAGES = (
    items, item_substitute, item_page, inbound, inbound_moving, inbound_receiving, purchasing, stock, ship, shipping,
    policies, jobs, files, settings, people,
)  # fmt: skip
