"""Spelling of the first lesson's words."""

from __future__ import annotations

import pytest

from studio.training.concepts import curriculum
from studio.training.english import countable, plural, with_article


@pytest.mark.parametrize(
    ("word", "many"),
    [
        ("cat", "cats"),
        ("peach", "peaches"),
        ("strawberry", "strawberries"),
        ("key", "keys"),
        ("wolf", "wolves"),
        ("fish", "fish"),
        ("bus", "buses"),
        ("dress", "dresses"),
        ("fox", "foxes"),
    ],
)
def test_plurals(word: str, many: str) -> None:
    assert countable(word)
    assert plural(word) == many


@pytest.mark.parametrize("word", ["bread", "grapes", "jeans", "hot dog", "glasses"])
def test_some_words_are_not_counted(word: str) -> None:
    assert not countable(word)


@pytest.mark.parametrize(
    ("phrase", "noun", "said"),
    [
        ("apple", "apple", "an apple"),
        ("red apple", "apple", "a red apple"),
        ("orange cat", "cat", "an orange cat"),
        ("unicorn", "unicorn", "a unicorn"),
        ("ufo", "ufo", "a ufo"),
        ("umbrella", "umbrella", "an umbrella"),
        ("blue jeans", "jeans", "blue jeans"),
        ("octopus", "octopus", "an octopus"),
        ("face with glasses", "face with glasses", "a face with glasses"),
    ],
)
def test_articles(phrase: str, noun: str, said: str) -> None:
    assert with_article(phrase, noun) == said


def test_the_first_lesson_names_each_thing_once() -> None:
    names = [concept.name for concept in curriculum()]
    assert len(names) == len(set(names)) > 290
    assert all(word == word.lower().strip() for c in curriculum() for word in c.words)
