"""Measures of what a trained model draws: does the picture show what its prompt says?"""
