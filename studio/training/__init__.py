"""The recipes that train models: the one that made the model that comes with the studio."""
