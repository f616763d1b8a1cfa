"""Whether the books hold, and how they are set right."""
