"""What the style pane's diffusion method shows the model, of the addons on this disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from psygnal import Signal

from studio.catalog import Catalog
from studio.catalog.style_guides import (
    structure_networks,
    structure_preprocessor,
    style_adapters,
    takes_guides,
)
from studio.document.restyling import USUAL_KEPT, USUAL_SEEN, StyleGuides
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor
from studio.domain.model import ModelInfo
from studio.ui.session.drafting.draft import Draft

# Where an image encoder lies that goes with the adapters beside it.
_BESIDE: Final = "image_encoder"


class StyleGuiding:
    """Which IP-Adapter sees the style pictures and which network keeps the structure.

    Of those that go with the prompt panel's model the wanted one is taken, or else the first: so
    it goes on with another model, and comes back with this one. `wanted_adapter` is empty if the
    model is to see nothing.

    Signals:
        changed(): another one is taken, or there are others, or it counts more or less.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, catalog: Catalog, draft: Draft) -> None:
        self.wanted_adapter: str | None = None
        self.wanted_structure: str | None = None
        self.seen = USUAL_SEEN
        self.kept = USUAL_KEPT
        self._catalog = catalog
        self._draft = draft
        draft.events.model.connect(self._on_model_changed)

    @property
    def model(self) -> ModelInfo:
        return self._draft.model

    @property
    def takes_any(self) -> bool:
        """Whether there are such addons for models like this one."""
        return takes_guides(self.model)

    def adapters(self) -> tuple[AddonInfo, ...]:
        """Those that go with the model."""
        return style_adapters(self.model, self._catalog.addons)

    def structures(self) -> tuple[AddonInfo, ...]:
        """Networks that keep structure and go with the model."""
        return structure_networks(self.model, self._catalog.addons)

    @property
    def adapter(self) -> AddonInfo | None:
        """The one that is taken."""
        return None if self.wanted_adapter == "" else _taken(self.adapters(), self.wanted_adapter)

    @property
    def structure(self) -> AddonInfo | None:
        """The one that is taken."""
        return _taken(self.structures(), self.wanted_structure)

    @property
    def has_eyes(self) -> bool:
        """Whether there is an image encoder for the adapter to see with."""
        if self._catalog.addons(AddonKind.IMAGE_ENCODER):
            return True
        adapter = self.adapter
        return adapter is not None and (adapter.path.parent / _BESIDE).is_dir()

    @property
    def sees_styles(self) -> bool:
        """Whether style pictures count."""
        return self.seen > 0 and self.adapter is not None

    @property
    def guides(self) -> StyleGuides:
        """For the request."""
        adapter, structure = self.adapter, self.structure
        made = None if structure is None else structure_preprocessor(structure)
        return StyleGuides(
            adapter="" if adapter is None else adapter.name,
            seen=self.seen,
            structure="" if structure is None else structure.name,
            preprocessor=made or Preprocessor.NONE,
            kept=self.kept,
        )

    # What the artist decides

    def want_adapter(self, name: str) -> None:
        """See style pictures through this one; through none if the name is empty."""
        if name != self.wanted_adapter:
            self.wanted_adapter = name
            self.changed.emit()

    def want_structure(self, name: str) -> None:
        """Keep the structure by this one."""
        if name != self.wanted_structure:
            self.wanted_structure = name
            self.changed.emit()

    def set_seen(self, seen: float) -> None:
        """How much style pictures count: 0 to 1."""
        if seen != self.seen:
            self.seen = seen
            self.changed.emit()

    def set_kept(self, kept: float) -> None:
        """How much the structure is kept: 0 (not at all) to 1."""
        if kept != self.kept:
            self.kept = kept
            self.changed.emit()

    # What changed

    def look_again(self) -> None:
        """There may be other addons."""
        self.changed.emit()

    def _on_model_changed(self) -> None:
        self.changed.emit()


def _taken(found: Sequence[AddonInfo], wanted: str | None) -> AddonInfo | None:
    by_name = {info.name: info for info in found}
    return by_name.get(wanted or "", found[0] if found else None)
