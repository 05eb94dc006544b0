"""Reading ONNX: small models written here field by field, and their damage."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.style.nets.arbitrary import StyleTransform
from studio.training.onnx_file import Graph, Node, read_onnx
from studio.training.styles import transform_state

TYPES = {np.dtype("f4"): 1, np.dtype("i1"): 3, np.dtype("i4"): 6, np.dtype("i8"): 7}


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, values: np.ndarray, packed: int | None = None) -> bytes:
    """A TensorProto; its numbers as raw bytes, or as varints in field `packed`."""
    sides = b"".join(field(1, side) for side in values.shape)
    if packed is None:
        numbers = field(9, values.tobytes())
    else:
        numbers = field(packed, b"".join(varint(int(value)) for value in values.ravel()))
    return sides + field(2, TYPES[values.dtype]) + field(8, name) + numbers


def node(operation: str, inputs: list[str], outputs: list[str]) -> bytes:
    ends = [field(1, name) for name in inputs] + [field(2, name) for name in outputs]
    return b"".join(ends) + field(3, "a name") + field(4, operation)


def model(nodes: list[bytes], tensors: list[bytes]) -> bytes:
    graph = [field(1, one) for one in nodes] + [field(5, one) for one in tensors]
    # A version, a float32 and a double that nobody asks for lie around the graph.
    around = varint(13 << 3 | 5) + bytes(4) + varint(14 << 3 | 1) + bytes(8)
    return field(1, 8) + around + field(7, b"".join(graph))


@pytest.mark.parametrize(
    ("values", "packed"),
    [
        (np.array([[1.5, -2.0]], np.float32), None),
        (np.array([[-128, 127], [0, 3]], np.int8), None),
        (np.array([-5, 2**31 - 1], np.int32), None),
        (np.array([-5, 300, 0], np.int32), 5),
        (np.array([-7, 7], np.int8), 5),
        (np.array([2**40, -1], np.int64), 7),
        (np.array(6.0, np.float32), None),
    ],
)
def test_weights_are_read_as_they_were_written(values: np.ndarray, packed: int | None) -> None:
    graph = read_onnx(model([node("Relu", ["x"], ["y"])], [tensor("w", values, packed)]))
    assert graph.nodes == (Node("Relu", ("x",), ("y",)),)
    assert graph.weights["w"].dtype == values.dtype
    assert np.array_equal(graph.weights["w"], values)


@pytest.mark.parametrize("end", [1, 9, 30, -1])
def test_a_cut_file_is_refused(end: int) -> None:
    whole = model([node("Relu", ["x"], ["y"])], [tensor("w", np.zeros(4, np.float32))])
    with pytest.raises(ValueError, match=r".+"):
        read_onnx(whole[:end])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 something else", field(7, 3)])
def test_another_kind_of_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_onnx(content)


def test_an_unknown_type_of_number_is_refused() -> None:
    double = field(1, 1) + field(2, 11) + field(8, "w") + field(9, bytes(8))
    with pytest.raises(ValueError, match="w is of type 11"):
        read_onnx(model([], [double]))


def a_quantised_transform(zero_point: int = 0, bias: int = 0) -> Graph:
    """A graph with the operations and names of the published one, whose numbers are noise."""
    random = np.random.default_rng(0)
    nodes: list[Node] = []
    weights: dict[str, np.ndarray] = {}

    def conv(name: str, shape: tuple[int, ...], with_bias: bool) -> None:
        outputs = shape[0]
        values = {
            f"{name}/weights": random.integers(-128, 128, shape).astype(np.int8),
            f"{name}/bias": random.integers(-9, 9, outputs).astype(np.int32)
            if with_bias
            else np.full(outputs, bias, np.int32),
        }
        for key, numbers in values.items():
            weights[key] = numbers
            weights[f"{key} scale"] = random.random(outputs).astype(np.float32)
            weights[f"{key} zero"] = np.full(outputs, zero_point, numbers.dtype)
            inputs = (key, f"{key} scale", f"{key} zero")
            nodes.append(Node("DequantizeLinear", inputs, (f"{key} float",)))
        nodes.append(Node("Conv", ("x", *(f"{key} float" for key in values)), (f"{name} out",)))

    for number, shape in enumerate([(8, 3, 9, 9), (16, 8, 3, 3), (32, 16, 3, 3)], start=1):
        conv(f"transformer/contract/conv{number}", shape, True)
    styled = {
        f"residual/residual{number}/conv{half}": (32, 32, 3, 3)
        for number in range(1, 6)
        for half in (1, 2)
    }
    styled |= {"expand/conv1/conv": (16, 32, 3, 3), "expand/conv2/conv": (8, 16, 3, 3)}
    styled |= {"expand/conv3/conv": (3, 8, 9, 9)}
    for name, shape in styled.items():
        conv(f"transformer/{name}", shape, False)
        for part in ("Conv", "Conv_1"):
            conv(f"style_params/transformer/{name}/StyleNorm/{part}", (shape[0], 100, 1, 1), True)
    return Graph(tuple(nodes), weights)


def test_the_converted_state_fits_the_network_and_keeps_every_number() -> None:
    graph = a_quantised_transform()
    state = transform_state(graph)
    expected = StyleTransform().state_dict()
    assert {name for name in state if not name.endswith("_scale")} == expected.keys()
    for name, tensor_ in expected.items():
        assert state[name].shape == tensor_.shape, name
        assert state[name].dtype == (torch.float32 if name.endswith("bias") else torch.int8)
    original = graph.weights["transformer/residual/residual5/conv2/weights"]
    assert np.array_equal(state["residual.4.second.weight"].numpy(), original)
    gamma = graph.weights[
        "style_params/transformer/residual/residual1/conv1/StyleNorm/Conv_1/weights"
    ]
    assert np.array_equal(state["style.weight"][:32].numpy(), gamma[..., 0, 0])


@pytest.mark.parametrize("change", [{"zero_point": 1}, {"bias": 1}])
def test_what_the_port_would_lose_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"zero point|bias"):
        transform_state(a_quantised_transform(**change))
