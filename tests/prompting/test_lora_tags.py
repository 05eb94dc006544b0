"""`<lora:…>` in prompts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.adapters import LoraUse
from studio.domain.errors import RequestError
from studio.prompting import find_loras, split_loras

weights = st.floats(-8, 8, allow_nan=False).map(lambda x: x + 0.0)
names = (
    st.text(st.characters(exclude_characters="<>:", exclude_categories=["Cs"]), min_size=1)
    .map(str.strip)
    .filter(bool)
)
uses = st.builds(
    LoraUse, names, weights, st.lists(weights, max_size=20).map(tuple), st.none() | weights
)
# Pieces of which tags, half tags and nearly tags are made.
nearly = st.lists(
    st.sampled_from(["<lora:", "<LORA:", "<lyco:", "a", ":", "0.5", ",", ";", ">", "<", " ", "nan"])
).map("".join)


@pytest.mark.parametrize(
    ("tag", "use"),
    [
        ("<lora:ink>", LoraUse("ink")),
        ("<lora:ink:0.8>", LoraUse("ink", 0.8)),
        ("<LoRA: ink : .8 >", LoraUse("ink", 0.8)),
        ("<lyco:ink:-1>", LoraUse("ink", -1)),
        ("<lora:My Ink (v1.2):1e0>", LoraUse("My Ink (v1.2)")),
        ("<lora:ink:1:1,0.5,0>", LoraUse("ink", 1, (1, 0.5, 0))),
        ("<lora:ink:1:1;0.5;0;>", LoraUse("ink", 1, (1, 0.5, 0))),
        ("<lora:ink:0.5:1>", LoraUse("ink", 1, (), 0.5)),
        ("<lora:ink:0:0.8>", LoraUse("ink", 0.8, (), 0)),
        ("<lora:ink:0.8:0>", LoraUse("ink", 0, (), 0.8)),
        ("<lora:ink:0.7:0.7>", LoraUse("ink", 0.7, (), 0.7)),
        ("<lora:ink:0.5:1:1,0.5,0>", LoraUse("ink", 1, (1, 0.5, 0), 0.5)),
        ("<lora:ink:0.5:unet=1>", LoraUse("ink", 1, (), 0.5)),
        ("<lora:ink:te=0.5:unet=1:dyn=4>", LoraUse("ink", 1, (), 0.5)),
        ("<lora:ink:te=0.5>", LoraUse("ink", 0.5)),
        ("<lora:ink:0.5:1,>", LoraUse("ink", 0.5, (1,))),
        ("<lora:ink:99>", LoraUse("ink", 8)),
    ],
)
def test_what_a_tag_says(tag: str, use: LoraUse) -> None:
    assert split_loras(f"a cat, {tag} in the rain") == ("a cat,  in the rain", (use,))


@pytest.mark.parametrize(
    "text",
    [
        "<lora>",
        "<lora:>",
        "<lora: :1>",
        "<lora:ink:much>",
        "<lora:ink:nan>",
        "<lora:ink:1:a,b>",
        "<lora:ink:1:1,2:3>",
        "<lora:ink:1:2:3>",
        "<lora:ink:1:2:3:1,0>",
        "<lora:ink:te=much>",
        "<lora:ink",
        "lora:ink>",
        "< lora:ink>",
        "<hypernet:ink:1>",
        "1 < 2 > 0",
        f"<lora:{'x' * 301}>",
        "<lora:ink:1:" + "1," * 65 + ">",
    ],
)
def test_what_is_no_tag_stays_a_word(text: str) -> None:
    assert split_loras(text) == (text, ())


def test_the_text_encoders_have_the_same_strength_unless_told() -> None:
    assert LoraUse("ink", 0.5).text_weight == 0.5
    assert LoraUse("ink", 0.5, (), 0.0).text_weight == 0
    with pytest.raises(RequestError, match="prompt strength"):
        LoraUse("ink", text_strength=9)


def test_several_in_their_order() -> None:
    words, found = split_loras("<lora:a:1>one <lora:b:2> two<lora:a:3>")
    assert words == "one  two"
    assert found == (LoraUse("a", 1), LoraUse("b", 2), LoraUse("a", 3))


@given(st.lists(st.tuples(st.text(st.characters(exclude_characters="<>")), uses)), st.text())
def test_what_is_written_is_read(pieces: list[tuple[str, LoraUse]], end: str) -> None:
    prompt = "".join(words + use.tag for words, use in pieces) + end.replace("<", "")
    words, found = split_loras(prompt)
    assert words == "".join(words for words, _ in pieces) + end.replace("<", "")
    assert found == tuple(use for _, use in pieces)


@given(st.one_of(st.text(), nearly))
def test_any_text_can_be_split(text: str) -> None:
    words, found = split_loras(text)
    tags = find_loras(text)
    assert tuple(tag.use for tag in tags) == found
    assert len(words) == len(text) - sum(tag.end - tag.start for tag in tags)
    assert found or words == text


@given(names.filter(lambda name: len(name) < 100), st.sampled_from("<>:"))
def test_a_name_that_would_end_its_tag_has_none(name: str, sign: str) -> None:
    assert LoraUse(name + sign + name).tag == ""


@pytest.mark.parametrize("piece", ["<lora:", "<lora:a:1", "<", "<lora:a:1:1,"])
def test_half_a_million_half_tags_are_words(piece: str) -> None:
    text = piece * 500_000  # what looks back over the text would never end here
    assert split_loras(text) == (text, ())
