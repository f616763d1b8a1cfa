"""What to buy: units that wait without supply, by supplier, in orderable quantities."""
