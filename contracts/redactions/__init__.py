"""What the published text of a contract does not show, and on which ground (R-TIME-18)."""
