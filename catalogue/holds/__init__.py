"""A procurement that may not go on for a time: what stops it, which acts it stops, and since when."""
