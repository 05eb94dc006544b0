"""What the window shows, without widgets: the draft, the emerging picture, and what can be done.

Plain objects that announce changes (psygnal); the panes bind to them and hold no truth.
"""

from studio.ui.session.drafting.draft import Draft
from studio.ui.session.emergence import Emergence
from studio.ui.session.long_tasks import LongTask, LongTasks
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.painting.editing import Editing
from studio.ui.session.painting.recovery import Offer
from studio.ui.session.painting.tools import MaskView, ToolName, Tools
from studio.ui.session.pictures.similarity import Similarity
from studio.ui.session.progress import JobStage, Progress
from studio.ui.session.session import Session
from studio.ui.session.variations import VariedCell

__all__ = [
    "Draft",
    "Editing",
    "Emergence",
    "JobStage",
    "LongTask",
    "LongTasks",
    "MaskView",
    "Messages",
    "Notice",
    "Offer",
    "Progress",
    "Session",
    "Similarity",
    "ToolName",
    "Tools",
    "VariedCell",
]
