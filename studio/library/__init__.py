"""The history: image files, the database that indexes them, step snapshots, export."""
