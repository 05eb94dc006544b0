"""What the window shows, without widgets: the draft, the emerging picture, and what can be done.

Plain objects that announce changes (psygnal); the panes bind to them and hold no truth.
"""

from studio.ui.session.draft import Draft
from studio.ui.session.emergence import Emergence
from studio.ui.session.jobs import JobStage, Progress
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.session import Session

__all__ = ["Draft", "Emergence", "JobStage", "Messages", "Notice", "Progress", "Session"]
