"""Rows of rules that the county adds: entered by document number, approved by a second person."""
