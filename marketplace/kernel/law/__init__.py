"""What the county added to the law of the software: approved rule rows and announced calendar years."""
