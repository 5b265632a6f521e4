"""Whom an invited tender asks: the list, the draw, the invitations (R-METH-10)."""
