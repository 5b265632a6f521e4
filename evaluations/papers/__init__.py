"""The papers of opening, judging and result, in the form the county signs."""
