"""What the window shows, without widgets: the draft, the emerging picture, and what can be done.

Plain objects that announce changes (psygnal); the panes bind to them and hold no truth.
"""

from studio.ui.session.draft import Draft
from studio.ui.session.emergence import Emergence
from studio.ui.session.session import Notice, Progress, Session

__all__ = ["Draft", "Emergence", "Notice", "Progress", "Session"]
