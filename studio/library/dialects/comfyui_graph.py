"""A graph of nodes, followed by the names of their inputs, with limits; nothing in it is run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from studio.library.dialects.values import text_of
from studio.library.settings import number

_MAX_NODES: Final = 4_096
_MAX_INPUTS: Final = 256
_MAX_VISITS: Final = 512
_MAX_DEPTH: Final = 16
# What the studio follows or knows to change nothing that it could take over.
_UNDERSTOOD: Final = (
    "Loader",
    "Load",
    "CLIP",
    "Empty",
    "KSampler",
    "Sampler",
    "VAE",
    "Save",
    "Preview",
    "Conditioning",
    "Noise",
    "Scheduler",
    "Guid",
    "Note",
    "Reroute",
    "Primitive",
    "Lora",
    "String",
    "Text",
    "ModelSampling",
    "Model Sampling",
)


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its class and its inputs, which are values or links `[node, slot]`."""

    key: str
    kind: str
    inputs: dict[str, Any]


class Graph:
    """Nodes by their keys."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self._nodes = nodes

    @classmethod
    def of_prompt(cls, values: dict[str, Any] | None) -> Graph | None:
        """The graph as it was run: `{key: {"class_type": …, "inputs": {…}}}`."""
        nodes = {}
        for key, value in list((values or {}).items())[:_MAX_NODES]:
            if isinstance(value, dict) and isinstance(value.get("inputs"), dict):
                inputs = dict(list(value["inputs"].items())[:_MAX_INPUTS])
                nodes[key] = Node(key, text_of(value.get("class_type"))[:200], inputs)
        return cls(nodes) if nodes else None

    def samplers(self) -> list[Node]:
        """The nodes that draw, the nearest to the finished picture first."""
        ends = self._ends()
        found: dict[str, Node] = {}
        for end in ends:
            for node in (end, *self.upstream(end)):
                if _draws(node):
                    # A node that is met again lies deeper than it seemed.
                    found.pop(node.key, None)
                    found[node.key] = node
            if found:
                break
        return list(found.values())

    def upstream(self, node: Node, *names: str) -> Iterator[Node]:
        """The nodes that it depends on, breadth first, each once; through all inputs, or through
        those whose names begin with one of `names`."""
        waiting, seen = deque([node]), {node.key}
        while waiting and len(seen) < _MAX_VISITS:
            for name, value in waiting.popleft().inputs.items():
                if names and not name.startswith(names):
                    continue
                source = self._linked(value)
                if source is not None and source.key not in seen:
                    seen.add(source.key)
                    waiting.append(source)
                    yield source

    def source(self, nodes: Sequence[Node], *names: str) -> Node | None:
        """The node that the first of these inputs comes from."""
        for name in names:
            for node in nodes:
                if (found := self._linked(node.inputs.get(name))) is not None:
                    return found
        return None

    def value(self, nodes: Sequence[Node], *names: str) -> Any:
        """The first plain value of these inputs, from another node if it is linked."""
        for name in names:
            for node in nodes:
                if name in node.inputs:
                    found = self._resolved(node.inputs[name], name, _MAX_DEPTH)
                    if isinstance(found, str | int | float) and not isinstance(found, bool):
                        return found
        return None

    def number(self, nodes: Sequence[Node], *names: str) -> Any:
        """As `value`, the first that is a number."""
        for name in names:
            found = self.value(nodes, name)
            if number(found) is not None:
                return found
        return None

    def text(self, node: Node, name: str, parts: Sequence[str]) -> str:
        """The text of an input; of a linked node that joins several `parts`, all of them."""
        value = node.inputs.get(name)
        linked = self._linked(value)
        if linked is None:
            return value if isinstance(value, str) else ""
        found: list[str] = []
        for source in (linked, *islice(self.upstream(linked), _MAX_DEPTH)):
            for part in parts:
                text = source.inputs.get(part)
                if isinstance(text, str) and text.strip() and text not in found:
                    found.append(text)
        return ", ".join(found)

    def unknown(self) -> list[Node]:
        """The nodes whose work isn't taken into account, one of each class."""
        kinds = {node.kind: node for node in self._nodes.values() if node.kind}
        return [
            node for kind, node in kinds.items() if not any(part in kind for part in _UNDERSTOOD)
        ]

    def _ends(self) -> list[Node]:
        """Where pictures leave the graph: those that save first, then whatever nobody uses."""
        used = {
            str(value[0])
            for node in self._nodes.values()
            for value in node.inputs.values()
            if _is_link(value)
        }
        ends = [node for node in self._nodes.values() if node.key not in used]
        ends.sort(key=lambda node: "Save" not in node.kind)
        return ends[:64] + [node for node in self._nodes.values() if _draws(node)][:64]

    def _linked(self, value: Any) -> Node | None:
        return self._nodes.get(str(value[0])) if _is_link(value) else None

    def _resolved(self, value: Any, name: str, depth: int) -> Any:
        if not _is_link(value):
            return value
        node = self._linked(value)
        if node is None or not depth:
            return None
        for key in (name, "value", "seed", "int", "float", "string", "text", "number", "Number"):
            if key in node.inputs:
                return self._resolved(node.inputs[key], key, depth - 1)
        return None


def _is_link(value: Any) -> bool:
    """`[key of a node, number of its output]`; keys are text, or numbers in the graph as drawn."""
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], int):
        return False
    key = value[0]
    return isinstance(key, str) or (type(key) is int and 0 <= key < 2**31)


def _draws(node: Node) -> bool:
    names = node.inputs.keys()
    is_sampler = {"steps", "sampler_name"} <= names or {"sigmas", "sampler"} <= names
    return is_sampler and bool(
        names & {"positive", "guider", "model", "basic_pipe", "seed", "pipe"}
    )
