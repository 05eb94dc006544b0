"""The menu bar: what each menu holds and which function each entry calls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices
from PySide6.QtWidgets import QApplication, QMenu

from studio.ui import artwork_files, pictures, theme
from studio.ui.actions import Action, fill_menu, make
from studio.ui.clip_actions import clip_actions
from studio.ui.compare import compare_chosen
from studio.ui.contact_sheets import export_chosen
from studio.ui.dialogs import AboutDialog, ShortcutsDialog
from studio.ui.document_actions import CompareAction, ReturnAction, UndoActions
from studio.ui.emergence_files import export_emergence
from studio.ui.engine import open_energy, open_engine
from studio.ui.history_import import import_menu
from studio.ui.history_menu import choose_steps_room, history_actions, more_for
from studio.ui.layer_menu import fill_layer_menu
from studio.ui.lineage import open_lineage
from studio.ui.mask_menu import fill_mask_menu
from studio.ui.models import open_models
from studio.ui.timeline.step_menu import EXPORT_KEYS, running_actions, step_actions
from studio.ui.upscaler_menu import UpscalerMenu
from studio.ui.variations import open_variations

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def fill_menu_bar(window: MainWindow) -> None:
    """Put their entries into the window's menus."""
    for title, fill in (
        ("&File", _fill_file),
        ("&Edit", _fill_edit),
        ("&Picture", _fill_picture),
        ("&Layer", fill_layer_menu),
        ("&Mask", fill_mask_menu),
        ("&View", _fill_view),
        ("&Help", _fill_help),
    ):
        menu = window.menus[title]
        # macOS and screen readers show tips through the status bar; here they are tooltips.
        menu.setToolTipsVisible(True)
        fill(window, menu)
    _fill_canvas_menu(window)


def _fill_file(window: MainWindow, menu: QMenu) -> None:
    fill_menu(
        menu,
        window,
        [
            Action("New artwork…", lambda: artwork_files.new(window), ("Ctrl+N",), "file-plus"),
            Action("Open…", lambda: artwork_files.open_one(window), ("Ctrl+O",), "folder-open"),
        ],
    )
    menu.addMenu(artwork_files.RecentMenu(window.session, window.settings, menu))
    fill_menu(
        menu,
        window,
        [
            Action(
                "Start from a picture…",
                lambda: pictures.open_start(window),
                ("Ctrl+Shift+O",),
                "image-plus",
            ),
            None,
            Action("Save", lambda: artwork_files.save(window), ("Ctrl+S",), "save"),
            Action("Save as…", lambda: artwork_files.save_as(window), ("Ctrl+Shift+S",)),
            Action("Save a copy…", lambda: pictures.save_copy(window)),
            Action("Export…", lambda: pictures.export(window), ("Ctrl+Shift+E",), "download"),
            Action("Export layers as PSD…", lambda: artwork_files.export_layers(window)),
            Action(
                "Export the emergence…", lambda: export_emergence(window), (EXPORT_KEYS,), "film"
            ),
            Action("Show in folder", lambda: pictures.show_in_folder(window), (), "folder-open"),
            None,
            Action("Models…", lambda: open_models(window), ("Ctrl+M",), "images"),
            Action("Engine…", lambda: open_engine(window), ("Ctrl+Alt+M",), "cpu"),
            Action("Energy…", lambda: open_energy(window)),
        ],
    )
    menu.addMenu(import_menu(window, menu))
    fill_menu(
        menu,
        window,
        [
            Action("Where to keep pictures…", lambda: pictures.choose_pictures_folder(window)),
            Action("Room for steps…", lambda: choose_steps_room(window)),
            None,
            Action("Quit", window.close, ("Ctrl+Q",)),
        ],
    )


def _fill_edit(window: MainWindow, menu: QMenu) -> None:
    editing = window.session.editing
    undo = make(Action("Undo", editing.undo, ("Ctrl+Z",), "undo-2"), window)
    redo = make(Action("Redo", editing.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo-2"), window)
    back = make(
        Action("Back to the artwork", editing.bring_back, ("Ctrl+B",), "corner-up-left"), window
    )
    UndoActions(window.session, undo, redo, menu)
    ReturnAction(window.session, back, menu)
    fill_menu(
        menu,
        window,
        [
            undo,
            redo,
            None,
            Action("Edit this picture", lambda: pictures.edit(window), ("Ctrl+E",), "brush"),
            back,
            None,
            *clip_actions(window),
            Action(
                "Paste as start picture",
                window.canvas.paste_as_start,
                ("Ctrl+Shift+V",),
                "image-plus",
            ),
            Action("Start from the prompt alone", window.session.start_picture.forget, (), "x"),
            None,
            Action(
                "Move picture to trash",
                lambda: pictures.move_to_trash(window),
                ("Ctrl+Backspace",),
                "trash-2",
            ),
            None,
            *history_actions(window),
        ],
    )
    window.history.more_for = partial(more_for, window)


def _fill_picture(window: MainWindow, menu: QMenu) -> None:
    session = window.session
    fill_menu(
        menu,
        window,
        [
            Action(
                "Generate", session.generation.generate, ("Ctrl+Return", "Ctrl+Enter"), "sparkles"
            ),
            Action("Stop", session.jobs.stop, ("Ctrl+.",), "square"),
            *running_actions(session),
            Action("Watch the running picture", session.jobs.watch, ("Ctrl+Shift+L",), "eye"),
            None,
            Action(
                "Grid of variations…",
                lambda: open_variations(window),
                ("Ctrl+Alt+G",),
                "grid-3x3",
            ),
            Action("Roll the dice", session.draft.roll_seed, ("Ctrl+D",), "dices"),
            Action(
                "Use this picture's settings", lambda: pictures.use_settings(window), ("Ctrl+R",)
            ),
            None,
            Action("Play the emergence", window.timeline.toggle_play, ("Ctrl+Space",), "play"),
            Action("Previous step", window.timeline.previous_step, ("Ctrl+Left",), "chevron-left"),
            Action("Next step", window.timeline.next_step, ("Ctrl+Right",), "chevron-right"),
            *step_actions(window.session),
            None,
            Action("Upscale 2×", lambda: pictures.upscale(window, 2), ("Ctrl+Alt+2",), "maximize"),
            Action("Upscale 4×", lambda: pictures.upscale(window, 4), ("Ctrl+Alt+4",)),
            *_refining(window),
        ],
    )
    of_file = [
        Action(f"{scale}×…", partial(pictures.upscale_file, window, scale)) for scale in (2, 4)
    ]
    fill_menu(menu.addMenu("Upscale a picture file"), window, of_file)
    menu.addMenu(UpscalerMenu(session, menu))
    fill_menu(menu, window, [None, *_of_chosen_pictures(window)])


def _of_chosen_pictures(window: MainWindow) -> list[Action]:
    """What needs pictures that are selected in the history, or the one on show."""
    return [
        Action("Lineage of this picture", lambda: open_lineage(window), ("Ctrl+L",), "git-branch"),
        Action(
            "Compare the chosen pictures",
            lambda: compare_chosen(window),
            ("Ctrl+Shift+K",),
            "square-split-horizontal",
        ),
        Action("Contact sheet of the chosen pictures…", lambda: export_chosen(window)),
    ]


def _refining(window: MainWindow) -> list[Action]:
    return [
        Action(f"Upscale with refinement {scale}×", partial(pictures.refine, window, scale))
        for scale in (2, 4)
    ]


def _fill_canvas_menu(window: MainWindow) -> None:
    """What a right click on the picture offers; the shortcuts are the menu bar's."""
    canvas = window.canvas
    for action in (
        Action("Upscale 2×", lambda: pictures.upscale(window, 2), icon="maximize"),
        Action("Upscale 4×", lambda: pictures.upscale(window, 4)),
        *_refining(window),
        Action("Export…", lambda: pictures.export(window), icon="download"),
        Action("Copy", lambda: pictures.copy(window), icon="copy"),
    ):
        canvas.addAction(make(action, canvas))


def _fill_view(window: MainWindow, menu: QMenu) -> None:
    canvas = window.canvas
    fill_menu(
        menu,
        window,
        [
            Action("Fit the picture", canvas.fit, ("Ctrl+0",), "scan"),
            Action("Actual pixels", canvas.actual_size, ("Ctrl+1",)),
            Action("Zoom in", canvas.zoom_in, ("Ctrl++", "Ctrl+="), "zoom-in"),
            Action("Zoom out", canvas.zoom_out, ("Ctrl+-",), "zoom-out"),
            None,
            *_rotation(window),
            _before_and_after(window),
            None,
            window.prompt_dock.toggleViewAction(),
            window.style_dock.toggleViewAction(),
            window.history_dock.toggleViewAction(),
            window.layers_dock.toggleViewAction(),
            Action("Panels as at the first start", window.reset_layout),
            None,
        ],
    )
    _add_theme_menu(window, menu.addMenu("Theme"))
    fill_menu(menu, window, [None, _full_screen(window)])


def _rotation(window: MainWindow) -> list[QAction]:
    """Turning the view: keys of the canvas and what stands around it, digits elsewhere."""
    canvas = window.canvas
    made = []
    for action in (
        Action("Rotate the view right", canvas.rotate_right, ("6",), "rotate-cw"),
        Action("Rotate the view left", canvas.rotate_left, ("4",), "rotate-ccw"),
        Action("View upright", canvas.stand_upright, ("5",)),
    ):
        entry = make(action, window)
        entry.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if (centre := window.centralWidget()) is not None:
            centre.addAction(entry)
        made.append(entry)
    return made


def _before_and_after(window: MainWindow) -> QAction:
    """A key of the canvas, what stands around it, and the style pane; a letter elsewhere."""
    action = CompareAction(window.session, window)
    for place in (window.centralWidget(), window.style_pane):
        if place is not None:
            place.addAction(action)
    return action


def _fill_help(window: MainWindow, menu: QMenu) -> None:
    fill_menu(
        menu,
        window,
        [
            Action("Keyboard shortcuts", lambda: _show_shortcuts(window), ("F1",), "keyboard"),
            Action("Open the pictures folder", lambda: _open_pictures_folder(window)),
            Action("About Pentimento", lambda: _show_about(window), (), "info"),
        ],
    )


def _add_theme_menu(window: MainWindow, menu: QMenu) -> None:
    group = QActionGroup(menu)
    for name, text in (("dark", "Dark"), ("light", "Light"), ("desktop", "Like the desktop")):
        action = QAction(text, menu, checkable=True)
        action.setChecked(window.settings.theme == name)
        action.triggered.connect(lambda _checked, name=name: use_theme(window, name))
        group.addAction(action)
        menu.addAction(action)


def use_theme(window: MainWindow, name: str) -> None:
    """Dress the studio in "dark", "light" or what the "desktop" asks for, and remember it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)  # noqa: S101 - there is no window without one
    window.settings.theme = name
    theme.apply(app, theme.named(name, app))


def _full_screen(window: MainWindow) -> QAction:
    action = QAction("Full screen", window, checkable=True)
    action.setShortcut("F11")
    action.toggled.connect(lambda on: window.showFullScreen() if on else window.showNormal())
    return action


def _show_shortcuts(window: MainWindow) -> None:
    groups = [
        (menu.title().replace("&", ""), [a for a in menu.actions() if not a.shortcut().isEmpty()])
        for menu in window.menuBar().findChildren(QMenu)
    ]
    ShortcutsDialog(groups, window).show()


def _open_pictures_folder(window: MainWindow) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(window.session.library.folder)))


def _show_about(window: MainWindow) -> None:
    AboutDialog(window.session.engine.status.device, window).show()
