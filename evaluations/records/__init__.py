"""Results that come from elsewhere, recorded by one person and checked by another."""
