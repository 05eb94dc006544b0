"""The window: PySide6 widgets that show the studio's models and call its actions."""
