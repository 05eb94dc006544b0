"""What the studio talks about: requests, events, sizes, models, errors.

Imports nothing else of ours.
"""
