"""The networks that paint in one pass, and how they paint pictures of any size."""
