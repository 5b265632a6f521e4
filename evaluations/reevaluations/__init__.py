"""Re-evaluation on the lawful grounds, by the original panel, told to finance where it changes the result."""
