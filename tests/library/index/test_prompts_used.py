from __future__ import annotations

import pytest

from studio.library.index import prompts as module
from studio.library.store import Store


def test_the_newest_comes_first_and_each_once(store: Store) -> None:
    for prompt in ("an owl", "a fox", "an owl"):
        store.prompts.remember(prompt, "rain")
    store.prompts.remember("a fox", "snow")
    assert store.prompts.recent() == ["a fox", "an owl"]
    assert store.prompts.recent(limit=1) == ["a fox"]


def test_words_choose_among_them(store: Store) -> None:
    for prompt in ("A red fox", "a red barn", ""):
        store.prompts.remember(prompt)
    assert store.prompts.recent("red fo") == ["A red fox"]
    assert store.prompts.recent("RED") == ["a red barn", "A red fox"]
    assert store.prompts.recent("fox barn") == []


def test_the_oldest_of_very_many_is_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PROMPTS", 2)
    for prompt in "abc":
        store.prompts.remember(prompt)
    assert store.prompts.recent() == ["c", "b"]
