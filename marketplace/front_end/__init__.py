"""The sources of the style sheet and the script, and how they are compiled."""
