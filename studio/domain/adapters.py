"""What changes a model for one picture, without changing its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.domain.checks import check_name, check_number, check_whole
from studio.domain.errors import RequestError

MAX_LORAS: Final = 16
MAX_LORA_WEIGHT: Final = 8.0
MAX_LORA_BLOCKS: Final = 64
MAX_SKIP_SCALE: Final = 20.0
MAX_SKIPPED: Final = 64
MAX_SKIPPED_LAYER: Final = 255


@dataclass(frozen=True, slots=True)
class LoraUse:
    """A LoRA by the name that the catalog knows, and how much of it: 1 is as its maker meant it,
    below 0 the opposite. `blocks` weigh the parts of the model from its input to its output, spread
    evenly over them; empty is all alike. `text_strength` is how much of it the text encoders get
    where that is another number; None is `weight` for them, too.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    name: str
    weight: float = 1.0
    blocks: tuple[float, ...] = ()
    text_strength: float | None = None

    def __post_init__(self) -> None:
        check_name("LoRA", self.name)
        low, high = -MAX_LORA_WEIGHT, MAX_LORA_WEIGHT
        weight = check_number("weight of a LoRA", self.weight, low, high)
        object.__setattr__(self, "weight", weight)
        if self.text_strength is not None:
            strength = check_number("prompt strength of a LoRA", self.text_strength, low, high)
            object.__setattr__(self, "text_strength", strength)
        if not isinstance(self.blocks, tuple | list) or len(self.blocks) > MAX_LORA_BLOCKS:
            raise RequestError(f"A LoRA has at most {MAX_LORA_BLOCKS} weights for its blocks.")
        blocks = tuple(check_number("weight of a block", each, low, high) for each in self.blocks)
        object.__setattr__(self, "blocks", blocks)

    @property
    def text_weight(self) -> float:
        """How much of it the text encoders get."""
        return self.weight if self.text_strength is None else self.text_strength

    @property
    def tag(self) -> str:
        """It as a prompt names it: `<lora:name:weight>`, `<lora:name:text_strength:weight>`, its
        blocks' weights after that; empty where the name holds a sign that would end it."""
        if set(self.name) & set("<>:") or self.name != self.name.strip():
            return ""
        parts = ["lora", self.name, _written(self.text_weight)]
        if self.text_strength is not None:
            parts.append(_written(self.weight))
        if self.blocks:
            # The comma after a single one says that it isn't the UNet's weight.
            written = ",".join(map(_written, self.blocks))
            parts.append(f"{written}," if len(self.blocks) == 1 else written)
        return f"<{':'.join(parts)}>"


@dataclass(frozen=True, slots=True)
class FreeU:
    """How a UNet's backbone (`b1`, `b2`) and its skip connections (`s1`, `s2`) are weighed (Si et
    al. 2023, “FreeU: Free Lunch in Diffusion U-Net”).

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    b1: float = 1.3
    b2: float = 1.4
    s1: float = 0.9
    s2: float = 0.2

    def __post_init__(self) -> None:
        for name in ("b1", "b2", "s1", "s2"):
            number = check_number(f"{name} of FreeU", getattr(self, name), 0.0, 4.0)
            object.__setattr__(self, name, number)


@dataclass(frozen=True, slots=True)
class SkipLayers:
    """Skip-layer guidance: away from what a transformer predicts without some of its `layers`
    (0 is the first), by `scale`, from `start` to `end` of the way (0 to 1). It mends anatomy; the
    numbers are those that Stability AI gives for Stable Diffusion 3.5 medium, as diffusers has
    them.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    scale: float = 2.8
    layers: tuple[int, ...] = (7, 8, 9)
    start: float = 0.01
    end: float = 0.2

    def __post_init__(self) -> None:
        scale = check_number("scale of skip-layer guidance", self.scale, 0, MAX_SKIP_SCALE)
        object.__setattr__(self, "scale", scale)
        for name in ("start", "end"):
            number = check_number(f"{name} of skip-layer guidance", getattr(self, name), 0, 1)
            object.__setattr__(self, name, number)
        if not isinstance(self.layers, tuple | list) or len(self.layers) > MAX_SKIPPED:
            raise RequestError(f"At most {MAX_SKIPPED} layers can be skipped.")
        for layer in self.layers:
            check_whole("layer to skip", layer, 0, MAX_SKIPPED_LAYER)
        object.__setattr__(self, "layers", tuple(self.layers))


@dataclass(frozen=True, slots=True)
class Refiner:
    """Another model that takes the last steps, from `start` of the way on (0 to 1).

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    model: str
    start: float = 0.8

    def __post_init__(self) -> None:
        check_name("refiner", self.model)
        object.__setattr__(self, "start", check_number("start of the refiner", self.start, 0, 1))


def _written(number: float) -> str:
    short = f"{number:g}"
    return short if float(short) == number else repr(number)
