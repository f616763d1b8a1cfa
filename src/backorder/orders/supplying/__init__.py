"""What arrives, moves, is lost or is counted, and whom it reaches."""
