"""What a listing for a framework says besides the rest: ceiling unit prices, how providers come in and get orders."""
