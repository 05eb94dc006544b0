"""ComfyUI: the graph that made the picture, in a PNG's `prompt` (as run) or `workflow` (as drawn).

In WebP and JPEG the same stands in EXIF's Make and Model or UserComment, `prompt:{…}`. The graph is
followed from a sampler to its prompts, model and size; no node is ever run, and one that isn't
known is understood by the names of its inputs.
"""

from __future__ import annotations

from typing import Any, Final

from studio.library.dialects.comfyui_graph import Graph, Node
from studio.library.dialects.comfyui_workflow import graph_of_workflow
from studio.library.dialects.values import comment_text, file_stem, json_object
from studio.library.labels.embedded import Embedded
from studio.library.labels.exif import IMAGE_DESCRIPTION, MAKE, MODEL, exif_text
from studio.library.settings import PictureSettings, loras_in, number, whole

PROGRAM: Final = "ComfyUI"
_MODELS: Final = ("ckpt_name", "unet_name", "model_name", "base_ckpt_name", "gguf_name")
_TEXTS: Final = (
    "text",
    "text_g",
    "text_l",
    "clip_l",
    "t5xxl",
    "prompt",
    "value",
    "string",
    "wildcard_text",
    "populated_text",
    "result",
)
_JOINED: Final = ("text", "text_a", "text_b", "text_c", "text_d", "text1", "text2", "text3")
_STRINGS: Final = ("string_a", "string_b", "string1", "string2", "prepend", "append")
_WIDTHS: Final = ("width", "empty_latent_width", "width_override")
_HEIGHTS: Final = ("height", "empty_latent_height", "height_override")
_LATENTS: Final = ("latent_image", "latent", "samples", "optional_latent")
_MOST_TOLD: Final = 32


def read(embedded: Embedded) -> PictureSettings | None:
    """From whichever of the two graphs can be followed."""
    texts = dict(embedded.texts)
    for tag in (MAKE, MODEL, IMAGE_DESCRIPTION):
        kind, _, text = exif_text(embedded.exif.get(tag, b"")).partition(":")
        texts.setdefault(kind.strip().lower()[:16], text)
    comment = json_object(comment_text(embedded)) or {}
    run = json_object(texts.get("prompt", "")) or _part(comment, "prompt")
    drawn = json_object(texts.get("workflow", "")) or _part(comment, "workflow")
    for graph in (Graph.of_prompt(run), graph_of_workflow(drawn)):
        if graph is not None and (found := _settings(graph, texts)) is not None:
            return found
    return None


def _part(comment: dict[str, Any], key: str) -> dict[str, Any]:
    found = comment.get(key)
    if isinstance(found, str):
        found = json_object(found)
    return found if isinstance(found, dict) else {}


def _settings(graph: Graph, texts: dict[str, str]) -> PictureSettings | None:
    samplers = graph.samplers()
    if not samplers:
        return None
    # A second pass starts from the first one's latents: the first tells how the picture came to be.
    sampler = samplers[-1]
    parts = [
        sampler,
        *graph.upstream(sampler, "noise", "guider", "sampler", "sigmas", "basic_pipe", "pipe"),
    ]
    positive = graph.source(parts, "positive", "conditioning") or _holder(parts, "positive")
    negative = graph.source(parts, "negative") or _holder(parts, "negative")
    model = graph.source(parts, "model", "model_opt")
    chain = [] if model is None else [model, *graph.upstream(model, "model", "lora_stack", "pipe")]
    name, loras = _model(graph, chain or parts)
    prompt = _words(graph, positive, "positive")
    size = _size(graph, parts)
    denoise = graph.number(parts, "denoise", "denoise_strength", "strength")
    kind = str(graph.value(parts, "sampler_name", "sampler") or "")
    scheduler = str(graph.value(parts, "scheduler", "scheduler_name") or "")
    others = [("Node", node.kind) for node in graph.unknown()][:_MOST_TOLD]
    guidance = graph.number(parts, "cfg", "cfg_scale", "guidance_scale")
    distilled = None if positive is None else _distilled(graph, positive)
    return PictureSettings(
        program=PROGRAM,
        prompt=prompt,
        negative_prompt=_words(graph, negative, "negative"),
        model=name,
        seed=graph.number(parts, "seed", "noise_seed"),
        steps=graph.number(parts, "steps"),
        guidance_scale=guidance if distilled is None else distilled,
        sampler=kind if scheduler in ("", "normal", "simple") else f"{kind} {scheduler}",
        width=size[0],
        height=size[1],
        strength=denoise if size[2] else None,
        clip_skip=_clip_skip(graph, positive),
        loras=(*loras, *loras_in(prompt)),
        text=texts.get("prompt") or texts.get("workflow") or "",
        others=tuple(others),
    )


def _holder(parts: list[Node], name: str) -> Node | None:
    """The node that holds a text itself, as loaders for everything do."""
    return next((node for node in parts if isinstance(node.inputs.get(name), str)), None)


def _clip_skip(graph: Graph, positive: Node | None) -> int | None:
    """Nodes count the layers from the end, as -1, -2 …"""
    if positive is None:
        return None
    chain = [positive, *graph.upstream(positive, "clip", "conditioning", "positive")]
    layer = whole(graph.number(chain, "stop_at_clip_layer", "clip_skip"))
    return None if layer is None else abs(layer)


def _distilled(graph: Graph, positive: Node) -> float | None:
    """Flux is guided by a number in its conditioning."""
    chain = [positive, *graph.upstream(positive, "conditioning", "positive")]
    return number(graph.number(chain, "guidance"))


def _words(graph: Graph, start: Node | None, side: str) -> str:
    """The texts that a conditioning is made of, in the order of its inputs."""
    found: list[str] = []
    if start is not None:
        for node in (start, *graph.upstream(start, "conditioning", "clip_text", side)):
            sided = (side, f"text_{side}", f"{side}_prompt", f"prompt_{side}")
            own = [name for name in sided if isinstance(node.inputs.get(name), str)]
            for name in own or _TEXTS:
                text = graph.text(node, name, (*_JOINED, *_STRINGS, *_TEXTS))
                if text.strip() and text not in found:
                    found.append(text)
    return "\n".join(found)


def _model(graph: Graph, chain: list[Node]) -> tuple[str, list[tuple[str, Any]]]:
    name, loras = "", []
    for node in chain:
        for key, value in node.inputs.items():
            if isinstance(value, dict) and "lora" in value:
                if value.get("on", True) is True:
                    loras.append((file_stem(value["lora"]), value.get("strength", 1.0)))
            elif key.startswith("lora_name") and isinstance(value, str) and value != "None":
                suffix = key.removeprefix("lora_name")
                weight = next(
                    (
                        node.inputs[option + suffix]
                        for option in ("strength_model", "model_weight", "model_str", "lora_wt")
                        if isinstance(node.inputs.get(option + suffix), int | float)
                    ),
                    node.inputs.get("lora_model_strength", 1.0),
                )
                loras.append((file_stem(value), weight))
        if not name:
            found = graph.value([node], *_MODELS)
            name = file_stem(found) if isinstance(found, str) else ""
    return name, loras[::-1]


def _size(graph: Graph, parts: list[Node]) -> tuple[Any, Any, bool]:
    """Width, height, and whether it began with a picture."""
    latent = graph.source(parts, *_LATENTS)
    chain = [] if latent is None else [latent, *graph.upstream(latent)]
    encodes = any("pixels" in node.inputs or "image" in node.inputs for node in chain)
    for node in chain or parts:
        width, height = graph.number([node], *_WIDTHS), graph.number([node], *_HEIGHTS)
        if width and height:
            return width, height, encodes
    return None, None, encodes
