"""The staff's door: pages that show what is at risk, let people decide, and say what happened."""
