"""ComfyUI's graph as it is drawn, turned into the graph as it is run.

Nodes there hold links by number and their values in order without names: the names come from the
inputs that have a widget (newer files), or from a table of the usual nodes.
"""

from __future__ import annotations

from typing import Any, Final

from studio.library.dialects.comfyui_graph import Graph
from studio.library.dialects.values import items_of, text_of

_MUTED: Final = (2, 4)
_MAX_WIDGETS: Final = 64
_SEEDS: Final = ("seed", "noise_seed")
_AFTER_SEED: Final = ("fixed", "increment", "decrement", "randomize")
_SAMPLER: Final = ("steps", "cfg", "sampler_name", "scheduler")
_WIDGETS: Final[dict[str, tuple[str, ...]]] = {
    "KSampler": ("seed", *_SAMPLER, "denoise"),
    "KSampler (Efficient)": ("seed", *_SAMPLER, "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", *_SAMPLER, "start_at_step", "end_at_step"),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "RandomNoise": ("noise_seed",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": (
        "width",
        "height",
        "crop_w",
        "crop_h",
        "target_width",
        "target_height",
        "text_g",
        "text_l",
    ),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "PrimitiveNode": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "String Literal": ("string",),
}


def graph_of_workflow(values: dict[str, Any]) -> Graph | None:
    """The graph of a workflow; None if there are no nodes. Nodes that are muted are left out."""
    origins = {}
    links = values.get("links")
    for link in links[:20_000] if isinstance(links, list) else []:
        # In order: the link's number, node and slot it comes from, node and slot it goes to.
        if isinstance(link, list) and len(link) >= 3 and isinstance(link[0], int):
            origins[link[0]] = [link[1], link[2]]
        elif isinstance(link, dict) and isinstance(link.get("id"), int):
            origins[link["id"]] = [link.get("origin_id"), link.get("origin_slot")]
    nodes: dict[str, Any] = {}
    for node in items_of(values.get("nodes")):
        if isinstance(node.get("id"), int | str) and node.get("mode") not in _MUTED:
            inputs = _widgets(node) | _links(node, origins)
            key = str(node["id"]) if isinstance(node["id"], str) else f"{node['id']:d}"
            nodes[key] = {"class_type": node.get("type"), "inputs": inputs}
    return Graph.of_prompt(nodes)


def _links(node: dict[str, Any], origins: dict[int, list[Any]]) -> dict[str, Any]:
    return {
        entry["name"]: origins[entry["link"]]
        for entry in items_of(node.get("inputs"))
        if isinstance(entry.get("name"), str)
        and isinstance(entry.get("link"), int)
        and entry["link"] in origins
    }


def _widgets(node: dict[str, Any]) -> dict[str, Any]:
    """The values of a node by name."""
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return dict(list(values.items())[:_MAX_WIDGETS])
    if not isinstance(values, list):
        return {}
    values = values[:_MAX_WIDGETS]
    loras = {f"lora_{number}": each for number, each in enumerate(values) if _is_lora(each)}
    named = [entry.get("name") for entry in items_of(node.get("inputs")) if "widget" in entry]
    names = _WIDGETS.get(text_of(node.get("type")), ()) or [
        name for name in named if isinstance(name, str)
    ]
    if not names:
        texts = [value for value in values if isinstance(value, str) and " " in value]
        return loras | ({"text": texts[0]} if texts else {})
    found: dict[str, Any] = dict(loras)
    place = 0
    for name in names:
        if place >= len(values):
            break
        found[name] = values[place]
        place += 1
        # Behind a seed stands what becomes of it after the run, without a name.
        if name in _SEEDS and place < len(values) and values[place] in _AFTER_SEED:
            place += 1
    return found


def _is_lora(value: Any) -> bool:
    return isinstance(value, dict) and "lora" in value
