"""The window: PySide6 widgets that show the studio's models and call its actions."""

from studio.ui.override_errors import outlive_errors

# Before any class of ours is made of one of Qt's.
outlive_errors()
