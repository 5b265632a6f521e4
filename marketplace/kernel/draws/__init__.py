"""A repeatable random draw: anybody can do it again with SHA-256 and a text editor (docs/draws.md)."""
