"""What begot what, how they differ, and how to do it again."""
