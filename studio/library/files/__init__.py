"""Files on the disk: written durably, named safely, thrown away so that they come back."""
