"""Pictures that the next ones follow: controls and references, and where they come from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from psygnal import Signal

from studio.catalog import Catalog
from studio.catalog.annotators import annotators_for
from studio.catalog.compatibility import goes_with
from studio.catalog.guided_families import CONTROLLED, SEEING, SEEING_ALL
from studio.document.control_maps import is_without_network, seen_by_control
from studio.document.rendering.composite import on_white, over_white
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import (
    MAX_CONTROLS,
    MAX_REFERENCES,
    Control,
    Preprocessor,
    Reference,
    ReferenceKind,
)
from studio.domain.errors import ModelNotFound
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.model import FAMILY_TITLES
from studio.domain.request import Request
from studio.engine import Engine, SeenByControl
from studio.library import Library, Picture
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.drafting.guide import Guide, GuidingLayer, layer_pixels
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.painting.editing import Editing
from studio.ui.session.shown import Shown

CONTROL_KINDS: Final = (AddonKind.CONTROLNET, AddonKind.T2I_ADAPTER)
# What a network was trained on, by what it is for.
_PREPROCESSORS: Final[Mapping[str, Preprocessor]] = {
    "canny": Preprocessor.CANNY,
    "scribble": Preprocessor.SCRIBBLE,
    "tile": Preprocessor.TILE,
    "colour": Preprocessor.COLOUR,
    "depth": Preprocessor.DEPTH,
    "pose": Preprocessor.POSE,
    # It tells many kinds of maps apart; edges are made at once.
    "union": Preprocessor.CANNY,
}
# What of a reference isn't all of it.
_PARTS: Final = frozenset({ReferenceKind.STYLE, ReferenceKind.COMPOSITION})
# The first that are taken: those for which no other network has to look at the picture.
_AT_ONCE: Final = tuple(use for use, made in _PREPROCESSORS.items() if is_without_network(made))
_NAME_WORDS: Final = 6


class Guides:
    """Adds guides to the draft, changes them, and lets those made of layers follow them.

    Signals:
        downloads_wanted(): the artist wants a control or adapter that isn't on this disk.
        annotators_wanted(): the artist wants a network that finds depth or poses.
    """

    downloads_wanted: ClassVar[Signal] = Signal()
    annotators_wanted: ClassVar[Signal] = Signal()

    def __init__(
        self,
        catalog: Catalog,
        engine: Engine,
        draft: Draft,
        library: Library,
        shown: Shown,
        editing: Editing,
        messages: Messages,
        background: Background,
    ) -> None:
        self._catalog = catalog
        self._engine = engine
        self._draft = draft
        self._library = library
        self._shown = shown
        self._editing = editing
        self._messages = messages
        self._background = background
        self._titles: dict[str, str] = {}
        editing.document_changed.connect(self._on_document_changed)

    # What can be used

    def controls(self) -> tuple[AddonInfo, ...]:
        """ControlNets and T2I-adapters that go with the model."""
        family = self._draft.model.family
        return tuple(one for kind in CONTROL_KINDS for one in self._catalog.addons(kind, family))

    def adapters(self) -> tuple[AddonInfo, ...]:
        """IP-Adapters that go with the model."""
        if self.why_no_reference:
            return ()
        return self._catalog.addons(AddonKind.IP_ADAPTER, self._draft.model.family)

    def lacking(self) -> Mapping[Preprocessor, str]:
        """The preprocessors that lack a network, and what to do about it in a sentence or two."""
        missing = {each: self._missing(each) for each in Preprocessor}
        return {each: sentence for each, sentence in missing.items() if sentence}

    @property
    def why_not(self) -> str:
        """Why the model can't be guided by pictures, or empty."""
        if self._draft.model.family in CONTROLLED:
            return ""
        return f"{self._models} can't be guided by pictures yet."

    @property
    def why_no_reference(self) -> str:
        """Why the model can't see reference pictures, or empty."""
        if self.why_not or self._draft.model.family in SEEING:
            return self.why_not
        return f"{self._models} can't see reference pictures yet."

    @property
    def _models(self) -> str:
        family = self._draft.model.family
        return f"{FAMILY_TITLES.get(family, family)} models"

    def trouble(self, guide: Guide) -> str:
        """Why a guide can't be used with the model, or empty."""
        wish, family = guide.wish, self._draft.model.family
        why_not = self.why_not if isinstance(wish, Control) else self.why_no_reference
        if why_not:
            return why_not
        if isinstance(wish, Reference) and family in SEEING_ALL and wish.kind in _PARTS:
            return f"{self._models} heed all of a reference, not its {wish.kind} alone."
        kinds = CONTROL_KINDS if isinstance(guide.wish, Control) else (AddonKind.IP_ADAPTER,)
        there = [one for kind in kinds for one in self._catalog.addons(kind)]
        found = [one for one in there if one.name == guide.wish.model]
        if not found:
            return f"“{guide.wish.model}” isn't on this disk."
        made_for = found[0].family
        if made_for in FAMILY_TITLES and not goes_with(found[0], family):
            return f"It was made for {FAMILY_TITLES[made_for]}."
        return self._missing(guide.wish.preprocessor) if isinstance(guide.wish, Control) else ""

    def title(self, guide: Guide) -> str:
        """What a guide's picture is called, if only by the history; or empty."""
        digest = guide.wish.picture.digest
        if guide.title or digest in self._titles:
            return guide.title or self._titles[digest]
        if (picture := self._library.find(digest)) is None:
            return ""
        return self._titles.setdefault(digest, _name_of(picture))

    def hint(self, guide: Guide) -> str:
        """What would be made of a guide's picture if a network for it were there, or empty."""
        wish = guide.wish
        if not isinstance(wish, Control) or wish.preprocessor is not Preprocessor.NONE:
            return ""
        variants = {one.name: one.variant for one in self.controls()}
        use = variants.get(wish.model, "")
        missing = self._missing(_PREPROCESSORS.get(use, Preprocessor.NONE))
        return f"It looks at {use} maps. {missing}" if missing else ""

    def lacks_annotator(self, guide: Guide) -> bool:
        """Whether a network that finds depth or poses would be of use to a guide."""
        wish = guide.wish
        is_missing = isinstance(wish, Control) and self._missing(wish.preprocessor)
        return bool(is_missing or self.hint(guide))

    def _missing(self, preprocessor: Preprocessor) -> str:
        """What a preprocessor lacks, and what to do about it; empty if it lacks nothing."""
        try:
            annotators_for(preprocessor, self._catalog.addons)
        except ModelNotFound as error:
            return str(error)
        return ""

    # Adding

    def add(self, source: Path | Pixels, name: str, *, reference: bool = False) -> None:
        """Guide by a picture file, or by uint8 (H, W, 3 or 4) pixels: as a control, or as a
        reference."""
        if (network := self._network(reference)) is not None:
            self._background.start(self._add, source, name, network, None)

    def add_picture(self, picture: Picture, *, reference: bool = False) -> None:
        """Guide by a picture of the history."""
        self.add(picture.path, _name_of(picture), reference=reference)

    def add_canvas(self, *, reference: bool = False) -> None:
        """Guide by what is on the canvas now."""
        document = self._editing.document
        if document is not None and self._editing.is_on_canvas:
            pixels = on_white(document.content)
            self.add(pixels, document.name or "Artwork", reference=reference)
        elif (finished := self._shown.finished_pixels) is not None:
            self.add(finished, "Picture on the canvas", reference=reference)
        else:
            self._tell("There is no finished picture on the canvas.", "Make one, or open one.")

    def add_layer(self) -> None:
        """Guide by the active layer, as it is whenever a picture is asked for."""
        document = self._editing.document
        layer = None if document is None else document.content.active
        if document is None or layer is None:
            self._tell("There is no layer to guide by.", "Press Ctrl+E to edit the picture.")
        elif (network := self._network(reference=False, drawn=True)) is not None:
            source = GuidingLayer(document, layer)
            pixels = layer_pixels(document, layer)
            self._background.start(self._add, pixels, layer.name, network, source)

    def preprocessor_for(self, network: str) -> Preprocessor:
        """What a network that goes with the model was trained on, as far as its name says and it
        can be made here."""
        variants = {one.name: one.variant for one in self.controls()}
        return self._made_for(variants.get(network, ""))

    # Changing

    def change(self, number: int, **values: Any) -> None:
        """Change fields of the Control or Reference at a place of the draft's `guides`.

        Raises:
            RequestError: a value is out of range.
        """
        guides = list(self._draft.guides)
        guides[number] = replace(guides[number], wish=replace(guides[number].wish, **values))
        self._draft.guides = tuple(guides)

    def remove(self, number: int) -> None:
        """Follow this one no longer."""
        guides = self._draft.guides
        self._draft.guides = (*guides[:number], *guides[number + 1 :])

    # Following layers

    @property
    def are_current(self) -> bool:
        """Whether no layer has changed since its picture was taken."""
        return all(map(_is_current, self._draft.guides))

    async def follow(self, requests: tuple[Request, ...]) -> tuple[Request, ...]:
        """Take the pictures of layers that have changed anew, in the draft and in `requests`, which
        are the draft's.

        Raises:
            StorageError: the disk refused.
        """
        guides = self._draft.guides
        renewed = {guide: await self._renewed(guide) for guide in guides if not _is_current(guide)}
        if not renewed:
            return requests
        self._swap(renewed)
        wishes = [renewed.get(guide, guide).wish for guide in guides]
        controls = tuple(wish for wish in wishes if isinstance(wish, Control))
        references = tuple(wish for wish in wishes if isinstance(wish, Reference))
        return tuple(replace(one, controls=controls, references=references) for one in requests)

    async def seen(self, guide: Guide) -> Pixels | None:
        """What the network sees of a guide's picture as it is now, (H, W, 3); None if its
        preprocessor lacks a network of its own. One that has it looks on the inference thread, as
        soon as the job that runs is done.

        Raises:
            StudioError: the picture is gone, or that network can't be used.
        """
        wish, size = guide.wish, self._draft.size
        if isinstance(wish, Reference):
            return await asyncio.to_thread(self._picture, guide)
        if self._missing(wish.preprocessor):
            return None
        if is_without_network(wish.preprocessor):
            return await asyncio.to_thread(self._see, guide, wish.preprocessor, size)
        pixels = await asyncio.to_thread(self._picture, guide)
        return await self._engine.ask(SeenByControl(pixels, wish.preprocessor, size))

    def _see(self, guide: Guide, preprocessor: Preprocessor, size: Size) -> Pixels:
        return seen_by_control(self._picture(guide), preprocessor, size)

    def _picture(self, guide: Guide) -> Pixels:
        layer = None if guide.source is None else guide.source.now
        if guide.source is not None and layer is not None:
            return layer_pixels(guide.source.document, layer)
        pixels = self._library.input_pixels(guide.wish.picture.digest)
        return np.ascontiguousarray(pixels[..., :3])

    def _network(self, reference: bool, drawn: bool = False) -> AddonInfo | None:
        """Which one a new guide has; says why if there is none."""
        held = self._draft.references if reference else self._draft.controls
        most = MAX_REFERENCES if reference else MAX_CONTROLS
        listed = self.adapters() if reference else self.controls()
        what = "IP-Adapter" if reference else "ControlNet"
        if why_not := (self.why_no_reference if reference else self.why_not):
            self._tell(why_not, "Choose a model of another family, as Stable Diffusion XL.")
        elif len(held) >= most:
            self._tell(f"{most} are the most.", "Take one away first.")
        elif not listed:
            get = ("Get one…", self.downloads_wanted.emit)
            told = Notice(
                f"Guiding by pictures needs {'an' if reference else 'a'} {what} for this model, "
                "and none is on this disk.",
                is_error=False,
                action=get,
            )
            self._messages.notice.emit(told)
        else:
            wanted = ("scribble", "lineart") if drawn else _AT_ONCE
            return next((one for one in listed if one.variant in wanted), listed[0])
        return None

    async def _add(
        self, source: Path | Pixels, name: str, network: AddonInfo, layer: GuidingLayer | None
    ) -> None:
        if not isinstance(source, Path) and source.shape[2] == 4:
            source = np.ascontiguousarray(over_white(source.copy())[..., :3])
        ref = await self._library.adopt(source)
        wish: Control | Reference
        if network.kind is AddonKind.IP_ADAPTER:
            is_face = "face" in network.variant
            kind = ReferenceKind.FACE if is_face else ReferenceKind.WHOLE
            wish = Reference(network.name, ref, kind=kind)
        else:
            wish = Control(network.name, ref, self._preprocessor(network, is_drawn=bool(layer)))
        self._draft.guides = (*self._draft.guides, Guide(wish, name, layer))

    def _preprocessor(self, network: AddonInfo, *, is_drawn: bool) -> Preprocessor:
        if is_drawn and network.variant == "lineart":
            return Preprocessor.SCRIBBLE
        return self._made_for(network.variant)

    def _made_for(self, use: str) -> Preprocessor:
        made = _PREPROCESSORS.get(use, Preprocessor.NONE)
        return Preprocessor.NONE if self._missing(made) else made

    async def _renewed(self, guide: Guide) -> Guide:
        source, layer = guide.source, None if guide.source is None else guide.source.now
        if source is None or layer is None:
            return replace(guide, source=None)
        pixels = await asyncio.to_thread(layer_pixels, source.document, layer)
        ref = await self._library.adopt(pixels)
        return Guide(
            replace(guide.wish, picture=ref), layer.name, GuidingLayer(source.document, layer)
        )

    def _swap(self, renewed: Mapping[Guide, Guide]) -> None:
        """Put guides in the place of others, as far as these are there still."""
        self._draft.guides = tuple(renewed.get(guide, guide) for guide in self._draft.guides)

    def _tell(self, sentence: str, remedy: str) -> None:
        self._messages.notice.emit(Notice(sentence, remedy, is_error=False))

    def _on_document_changed(self) -> None:
        if any(map(self._is_left, self._draft.guides)):
            self._background.start(self._let_go)

    def _is_left(self, guide: Guide) -> bool:
        source = guide.source
        return source is not None and source.document is not self._editing.document

    async def _let_go(self) -> None:
        """Keep what layers of another artwork showed last; they can't be drawn on now."""
        left = [guide for guide in self._draft.guides if self._is_left(guide)]
        newest = [await self._renewed(guide) for guide in left]
        kept = [replace(guide, source=None) for guide in newest]
        self._swap(dict(zip(left, kept, strict=True)))


def _name_of(picture: Picture) -> str:
    words = " ".join(picture.settings.prompt.split()[:_NAME_WORDS])
    return words or picture.path.name


def _is_current(guide: Guide) -> bool:
    source = guide.source
    if source is None:
        return True
    is_same = source.now is source.layer
    return is_same and guide.wish.picture.size == source.document.content.size
