"""The steps on the way to a picture, kept beside it."""
