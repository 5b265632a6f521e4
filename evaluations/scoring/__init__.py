"""Scoring: price scores, panel marks, ranking and the review of abnormally low prices."""
