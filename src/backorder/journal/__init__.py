"""The memory: append-only facts, written in the transaction that made them true.

Also what every room above stands on: the one clock, ids handed out in blocks, and refusals.
"""
