"""Selecting parts of a picture: shapes drawn by hand, similar colours, objects, outlines."""
