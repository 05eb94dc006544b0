"""Brushes and strokes."""
