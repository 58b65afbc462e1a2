"""What words for expressions mean, and which words can be classes."""

import unicodedata

import pytest

from fer_xai.errors import UserError
from fer_xai.expressions import class_names, expression_name


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["Sad", "HAPPY"], ("happiness", "sadness")),
        (["surprise", "pain", "neutral", "Boredom", "angry"], ("anger", "surprise", "neutral", "pain", "boredom")),
        (["being  bored", "Ärger", "痛み"], ("being bored", "ärger", "痛み")),
        ([unicodedata.normalize("NFD", "Ärger"), "fear"], ("fear", "ärger")),
        ([1, "fear"], ("fear", "1")),
    ],
)
def test_classes_are_words_as_data_have_them(words: list, names: tuple[str, ...]) -> None:
    assert class_names(words) == names


def test_further_words_may_name_classes() -> None:
    assert class_names(["smile", "Ärger"], {"Smile": "happy", "ärger": "anger", "x": None}) == ("anger", "happiness")


@pytest.mark.parametrize(
    "word", ["../x", "a/b", "a\\b", "", " ", "mean", "NaN", "below_floor", "x" * 41, "$a$", "<b>", "-"]
)
def test_what_cannot_name_a_column_or_a_file_is_no_class(word: str) -> None:
    with pytest.raises(UserError, match="cannot be a class"):
        class_names(["anger", word])


def test_two_words_for_one_class_are_named() -> None:
    with pytest.raises(UserError, match="'Happy' and 'joy' are both happiness"):
        class_names(["Happy", "joy"])


@pytest.mark.parametrize("word", ["pain", " Pain ", "PAIN"])
def test_a_class_is_a_word_for_itself(word: str) -> None:
    assert expression_name(word, classes=["pain"]) == "pain"
    with pytest.raises(UserError, match="unknown expression word"):
        expression_name(word)


def test_words_are_the_same_however_letters_are_composed() -> None:
    assert expression_name(unicodedata.normalize("NFD", "Ärger"), {"Ärger": "anger"}) == "anger"
    assert expression_name("being_bored", classes=["being bored"]) == "being bored"
