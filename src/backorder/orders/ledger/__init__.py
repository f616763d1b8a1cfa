"""The one place that locks what an order touches, looks at the books and writes what was decided."""
