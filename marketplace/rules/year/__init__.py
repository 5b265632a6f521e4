"""The State Council's holidays year by year: shown to everybody, loaded by the administrator."""
