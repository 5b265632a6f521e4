"""Who won and did not sign: barred from buying the same need again (R-AWD-03)."""
