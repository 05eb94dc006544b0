"""What can be done with the step on show, and with a running picture, as menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from studio.ui.actions import Action
from studio.ui.icons import icon
from studio.ui.session import Session
from studio.ui.timeline.playback import Pace, Playback

KEEP_KEYS: Final = "Ctrl+K"
BRANCH_KEYS: Final = "Ctrl+Shift+B"
PAINT_KEYS: Final = "Ctrl+Shift+P"
FINISH_KEYS: Final = "Ctrl+Shift+F"
STOP_KEYS: Final = "Ctrl+Alt+."
FURTHER_KEYS: Final = "Ctrl+Shift+G"
EXPORT_KEYS: Final = "Ctrl+Alt+E"
FURTHER: Final = (5, 10, 20, 40)
_PACES: Final = {Pace.SLOW: "Slowly", Pace.USUAL: "At the usual pace", Pace.FAST: "Quickly"}


def step_actions(session: Session) -> list[Action]:
    """The entries of the menu bar for the step on show."""
    branching = session.branching
    return [
        Action("Branch from here…", branching.branch_from_here, (BRANCH_KEYS,), "git-branch"),
        Action("Paint on this step", branching.paint_on_step, (PAINT_KEYS,), "brush"),
        Action("Keep this step", branching.keep_step, (KEEP_KEYS,), "bookmark-plus"),
        Action("Finish from here", branching.finish_from_here, (FINISH_KEYS,), "skip-forward"),
    ]


def running_actions(session: Session) -> list[Action]:
    """The entries of the menu bar for the picture that is being drawn."""
    branching, few = session.branching, FURTHER[0]
    return [
        Action("Stop here and keep", branching.stop_here, (STOP_KEYS,), "circle-stop"),
        Action(
            f"Go further: {few} steps more",
            partial(branching.go_further, few),
            (FURTHER_KEYS,),
            "chevrons-right",
        ),
    ]


def step_menu(session: Session, playback: Playback, export: Callable[[], None]) -> QMenu:
    """The menu as it is now; what isn't offered is disabled. The caller deletes it.

    After a tab stands the shortcut of the window's own action, which these must not claim again.
    """
    menu, branching, offers = QMenu(), session.branching, session.branching.offers
    menu.setToolTipsVisible(True)
    emergence = session.shown.emergence

    def add(text: str, icon_name: str, does: Callable[[], object], is_offered: bool) -> QAction:
        action = QAction(icon(icon_name), text, menu) if icon_name else QAction(text, menu)
        action.setEnabled(is_offered)
        action.triggered.connect(lambda _checked: does())
        menu.addAction(action)
        return action

    branch = add(
        f"Branch from here…\t{BRANCH_KEYS}", "git-branch", branching.branch_from_here, offers.branch
    )
    branch.setToolTip(offers.why_not)
    add(f"Paint on this step\t{PAINT_KEYS}", "brush", branching.paint_on_step, offers.paint)
    add(f"Keep this step\t{KEEP_KEYS}", "bookmark-plus", branching.keep_step, offers.keep)
    add(
        f"Finish from here\t{FINISH_KEYS}",
        "skip-forward",
        branching.finish_from_here,
        offers.finish,
    )
    if offers.make_anew:
        add("Take its steps anew", "refresh-cw", branching.make_steps_anew, True)
    for it in () if emergence is None else emergence.branches:
        add(
            f"Show the picture that it branched from at step {it.step}",
            "corner-up-left",
            partial(branching.show_parent, it),
            True,
        )
    menu.addSeparator()
    paces = QActionGroup(menu)
    for pace, text in _PACES.items():
        action = QAction(text, menu, checkable=True)
        action.setChecked(playback.pace is pace)
        action.triggered.connect(lambda _checked, pace=pace: playback.set_pace(pace))
        paces.addAction(action)
    playing = menu.addMenu(icon("play"), "Play")
    playing.addActions(paces.actions())
    playing.addSeparator()
    loop = QAction("Round and round", menu, checkable=True)
    loop.setChecked(playback.loops)
    loop.toggled.connect(lambda on: setattr(playback, "loops", on))
    playing.addAction(loop)
    menu.addSeparator()
    is_complete = emergence is not None and emergence.is_complete and emergence.has_frames
    add(f"Export the emergence…\t{EXPORT_KEYS}", "film", export, is_complete)
    return menu
