"""The prompt panel and the queue."""

from studio.ui.prompt.prompt_panel import PromptPanel
from studio.ui.prompt.queue_view import QueueView

__all__ = ["PromptPanel", "QueueView"]
