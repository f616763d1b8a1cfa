"""Who gets what when something changed, and why."""
