"""Ways to make a step take less time: exact ones first."""
