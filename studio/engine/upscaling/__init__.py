"""Enlarging finished pictures: two small networks of the Real-ESRGAN family, tile by tile."""
