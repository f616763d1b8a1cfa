"""The demo: months of real orders and real lateness, played through the same verbs as the API."""
