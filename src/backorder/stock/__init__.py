"""What we have: levels, moves, snapshots of an ERP, and the marks of what changed."""
