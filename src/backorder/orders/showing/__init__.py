"""Orders as the console shows them: found by a few letters, queued by urgency, measured day by day."""
