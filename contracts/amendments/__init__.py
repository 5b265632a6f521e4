"""What changes a contract in force: more of the same, or its end before time."""
