"""What is owed: orders and their lines, holds, allocations, pegs, promises and shipments."""
