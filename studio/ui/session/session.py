"""The studio in use, put together: what the panes show, and what a person can do.

Menus, shortcuts, buttons and tests call the same functions. All run on the loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from studio.catalog import Catalog
from studio.document import Artwork
from studio.engine import Engine
from studio.library import Library
from studio.library.files.disk import Disk
from studio.readout import open_sensor
from studio.ui.session.background import Background
from studio.ui.session.branching import Branching
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.drafting.few_steps import FewSteps
from studio.ui.session.drafting.foreign_settings import ForeignSettings
from studio.ui.session.drafting.guides import Guides
from studio.ui.session.drafting.model_changes import ModelChanges
from studio.ui.session.drafting.prompts import Prompts
from studio.ui.session.drafting.start_picture import StartPictureChoice
from studio.ui.session.generation import Generation
from studio.ui.session.jobs import Jobs
from studio.ui.session.long_tasks import LongTasks
from studio.ui.session.messages import Messages
from studio.ui.session.models.mode_trials import ModeTrials
from studio.ui.session.models.model_files import ModelFiles
from studio.ui.session.models.models import Models
from studio.ui.session.painting.artworks import Artworks
from studio.ui.session.painting.clipping import Clipping
from studio.ui.session.painting.editing import Editing
from studio.ui.session.painting.inpainting import Inpainting
from studio.ui.session.painting.journalling import Journalling
from studio.ui.session.painting.layers import Layers
from studio.ui.session.painting.masking import Masking
from studio.ui.session.painting.object_finding import ObjectFinder
from studio.ui.session.painting.object_preview import ObjectPreview
from studio.ui.session.painting.objects import Objects
from studio.ui.session.painting.placing import Placing
from studio.ui.session.painting.recovery import Recovery
from studio.ui.session.painting.tools import Tools
from studio.ui.session.painting.working_area import WorkingAreaChoice
from studio.ui.session.pictures.comparison import Comparison
from studio.ui.session.pictures.contact_sheets import ContactSheets
from studio.ui.session.pictures.emergence_export import EmergenceExport
from studio.ui.session.pictures.energy_use import EnergyUse
from studio.ui.session.pictures.export import Export
from studio.ui.session.pictures.exporting import Exporting
from studio.ui.session.pictures.gallery import Gallery
from studio.ui.session.pictures.history import History
from studio.ui.session.pictures.importing import Importing
from studio.ui.session.pictures.lineage import Redoing
from studio.ui.session.pictures.marks import Marks
from studio.ui.session.pictures.origins import Origins
from studio.ui.session.pictures.similarity import Describer, Similarity
from studio.ui.session.readings import Readings
from studio.ui.session.shown import Shown
from studio.ui.session.styling.restyling import Restyling
from studio.ui.session.styling.styles import Styles
from studio.ui.session.upscaling import Upscaling
from studio.ui.session.variations import Variations

if TYPE_CHECKING:
    from studio.ui.session.models.model_downloads import ModelDownloads


class Session:
    """Holds the parts; each part is one thing to look at or one group of things to do.

    `make_describer` makes, on a thread, what tells how pictures look.
    """

    def __init__(
        self,
        engine: Engine,
        library: Library,
        catalog: Catalog,
        draft: Draft,
        make_describer: Callable[[], Describer],
    ) -> None:
        self.engine = engine
        self.library = library
        self.catalog = catalog
        self.draft = draft
        self.artwork = Artwork()
        self.messages = Messages()
        self.shown = Shown(self.artwork)
        self.editing = Editing(self.shown)
        self.tools = Tools()
        self.layers = Layers(self.editing, self.messages)
        self.clipping = Clipping(self.editing, self.layers, self.tools)
        self.masking = Masking(self.editing, self.tools)
        self.comparison = Comparison(self.editing)
        self._background = background = Background(self.messages)
        self.tasks = LongTasks()
        origins = Origins(self.editing)

        self.jobs = Jobs(engine, library, self.shown, self.messages, background)
        self.guides = Guides(
            catalog, engine, draft, library, self.shown, self.editing, self.messages, background
        )
        self.generation = Generation(
            draft,
            self.artwork,
            engine,
            library,
            self.jobs,
            origins,
            self.guides,
            self.messages,
            background,
        )
        disk = Disk()
        notes = library.data_folder / "models.json"
        self.models = Models(
            catalog, draft, self.generation, engine, notes, disk, self.messages, background
        )
        trials = library.data_folder / "fast-modes.json"
        self.mode_trials = ModeTrials(trials, disk, draft, engine, self.models.marks, background)
        self.few_steps = FewSteps(catalog, draft, self.messages)
        self.energy_use = EnergyUse(library, disk, self.messages, background)
        self.model_changes = ModelChanges(catalog, draft)
        self.model_files = ModelFiles(
            catalog, library.trash, disk, self.messages, background, self.tasks
        )
        exporting = Exporting(self.messages, background, self.tasks)
        self.variations = Variations(
            self.generation,
            engine,
            library,
            self.jobs,
            origins,
            background,
            exporting,
        )
        self.artworks = Artworks(library, self.editing, self.messages, background, self.tasks)
        journals = library.data_folder / "journals"
        self.journalling = Journalling(journals, self.editing, self.messages)
        self.recovery = Recovery(journals, self.editing, self.journalling, background)
        self.object_finder = ObjectFinder(catalog, engine, self.tools, self.tasks)
        self.models.changed.connect(self.object_finder.look_again)
        self.object_preview = ObjectPreview(self.object_finder, background)
        self.objects = Objects(self.object_finder, self.tools, self.messages, background)
        self.placing = Placing(self.editing, background)
        self.inpainting = Inpainting(
            draft, engine, library, self.editing, self.jobs, origins, background
        )
        self.working_area = WorkingAreaChoice(self.editing, self.inpainting, draft)
        self.restyling = Restyling(
            draft,
            catalog,
            engine,
            library,
            self.shown,
            self.editing,
            self.jobs,
            origins,
            self.messages,
            background,
        )
        self.styles = Styles(
            library.styles,
            library.trash,
            self.restyling,
            self.editing,
            self.messages,
            background,
        )
        self.models.changed.connect(self.restyling.guiding.look_again)
        self.foreign_settings = ForeignSettings(catalog, draft, self.messages, background)
        self.history = History(
            library,
            catalog,
            draft,
            self.artwork,
            self.shown,
            self.foreign_settings,
            self.messages,
            background,
        )
        self.gallery = Gallery(library, background)
        self.marks = Marks(library, self.messages, background)
        self.prompts = Prompts(self.jobs, library, background)
        self.branching = Branching(
            draft,
            self.artwork,
            engine,
            library,
            self.shown,
            self.editing,
            self.tools,
            self.jobs,
            self.history,
            self.messages,
            background,
        )
        self.readings = Readings(open_sensor, engine, background)
        self.similarity = Similarity(make_describer, engine, library, self.gallery, background)
        self.start_picture = StartPictureChoice(library, self.artwork, background)
        for applied in (self.inpainting, self.restyling, self.start_picture):
            applied.applied.connect(self.marks.star_applied)
        self.upscaling = Upscaling(draft, library, self.jobs, background)
        self.export = Export(exporting)
        self.importing = Importing(library, self.messages, background, self.tasks)
        self.emergence_export = EmergenceExport(exporting)
        self.contact_sheets = ContactSheets(exporting)
        self.redoing = Redoing(
            engine, self.jobs, self.history, self.messages, background, self.tasks
        )

    @cached_property
    def model_downloads(self) -> ModelDownloads:
        """Made when somebody wants to see it: what talks to servers takes its time to import."""
        from studio.catalog.downloads import Downloads
        from studio.ui.session.models.model_downloads import ModelDownloads

        return ModelDownloads(
            lambda: Downloads(self.model_files.own_folder),
            self.models,
            self.model_files,
            self.messages,
            self._background,
        )

    async def close(self) -> None:
        """Let go of everything that is under way, then return."""
        await self.models.close()
        if "model_downloads" in vars(self):
            await self.model_downloads.close()
        await self._background.close()
        await self.similarity.close()
        await self.journalling.close()
        self.recovery.close()
