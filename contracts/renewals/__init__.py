"""Another year under a listing that printed it, after the year's evaluation (R-PERF-08, R-GPS-08)."""
