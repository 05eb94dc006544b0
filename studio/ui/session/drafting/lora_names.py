"""LoRAs that have other names here than they had where a picture was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from studio.catalog import Catalog
from studio.domain.addons import AddonKind
from studio.domain.request import Request
from studio.prompting import find_loras


class LoraNames:
    """The names that LoRAs have here, by those that they had and the `hashes` of their files, as
    far as these are known."""

    def __init__(self, catalog: Catalog, hashes: Mapping[str, str]) -> None:
        self._catalog = catalog
        self._hashes = hashes
        self._there = {addon.name.lower() for addon in catalog.addons(AddonKind.LORA)}

    def here(self, name: str) -> str:
        """What the LoRA is called here; the name that it had if it isn't here, or is by that."""
        digits = self._hashes.get(name) or self._hashes.get(name.replace(",", ""), "")
        if not digits or name.lower() in self._there:
            return name
        addon = self._catalog.lora_of_hash(digits)
        return name if addon is None else addon.name

    def in_prompt(self, prompt: str) -> str:
        """A prompt whose tags have the names of here."""
        for tag in reversed(find_loras(prompt)):
            if (name := self.here(tag.use.name)) != tag.use.name:
                prompt = prompt[: tag.start] + replace(tag.use, name=name).tag + prompt[tag.end :]
        return prompt

    def in_request(self, request: Request) -> Request:
        """A request with the names of here; what it branches from is as it was."""
        return replace(
            request,
            prompt=self.in_prompt(request.prompt),
            negative_prompt=self.in_prompt(request.negative_prompt),
            loras=tuple(replace(use, name=self.here(use.name)) for use in request.loras),
        )
