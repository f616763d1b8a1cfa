"""What the templates of the console can draw and say."""
