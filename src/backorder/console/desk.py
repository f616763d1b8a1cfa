"""The pages of planning and of messages hang in from here."""

from . import cases, messages, refunds, run, runs, templates_page, threads, variant, variants

PAGES = (runs, variants, variant, run, threads, messages, templates_page, cases, refunds)
