"""The pictures that there are: found, sorted, compared, brought in and taken out."""
