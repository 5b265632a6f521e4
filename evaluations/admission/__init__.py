"""Admission: which bidders of a framework's listing come in, which are eliminated, and the working that shows it."""
