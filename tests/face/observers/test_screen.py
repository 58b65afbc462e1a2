"""Places on the screen and on what was shown there."""

import numpy as np
import pandas as pd
import pytest

from fer_xai.errors import UserError
from fer_xai.face.observers.screen import Screen

SIZES = np.array([[300.0, 400.0]])


def place(screen: Screen, x: float, y: float, coordinates: str, told: tuple[float, ...] = (np.nan,) * 4) -> list[float]:
    rows = pd.DataFrame({"x": [x], "y": [y], "coordinates": coordinates})
    rows[["left", "top", "wide", "high"]] = [told]
    return screen.to_stimulus(rows, SIZES)[0].tolist()


def test_places_of_the_stimulus_stay():
    assert place(Screen(), 12, 34.5, "stimulus") == [12, 34.5]
    assert place(Screen(coordinates="stimulus"), 12, 34.5, "screen") == [12, 34.5]


def test_in_the_middle_of_the_screen():
    """A stimulus of 300 x 400 on a screen of 1000 x 800 begins at (350, 200)."""
    screen = Screen(size=[1000, 800])
    assert place(screen, 350, 200, "screen") == [0, 0]
    assert place(screen, 649, 599, "screen") == [299, 399]


def test_twice_as_large_on_the_screen():
    """Pixel 0 of the stimulus fills the pixels 0 and 1 of what is shown, so its centre is at 0.5."""
    for screen in (Screen(offset=[100, 50], scale=2), Screen(offset=[100, 50], shown=[600, 800])):
        assert place(screen, 100.5, 50.5, "screen") == [0, 0]
        assert place(screen, 102.5, 50.5, "screen") == [1, 0]
    assert place(Screen(size=[1000, 1000], scale=2), 200.5, 100.5, "screen") == [0, 0]
    assert place(Screen(scale=2), 0.5, 2.5, "stimulus") == [0, 1]


def test_files_tell_where_it_was_unless_the_user_does():
    told = (10.0, 20.0, 150.0, 200.0)
    assert place(Screen(), 9.75 + 75, 19.75 + 100, "screen", told) == [150, 200]
    assert place(Screen(offset=[0, 0]), 7, 8, "screen", told) == [7, 8]


def test_shares_of_the_sides():
    assert place(Screen(), 0.5, 0.25, "share") == [149.5, 99.5]


def test_degrees():
    assert Screen(scale=2).pixels(1.5, 40, SIZES).tolist() == [30]


def test_nothing_tells_where_the_stimulus_was():
    with pytest.raises(UserError, match=r"set reference.fixations.screen=\[WIDTH,HEIGHT\]"):
        place(Screen(), 1, 2, "screen")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"coordinates": "world"}, "coordinates=world: known are stimulus, screen, share"),
        ({"size": [1920]}, "screen=[1920]: two numbers are needed"),
        ({"size": [0, 100]}, "screen=[0, 100]"),
        ({"shown": "large"}, "shown=large"),
        ({"scale": 0}, "scale=0"),
    ],
)
def test_mistaken_settings_are_one_line(settings: dict, said: str):
    with pytest.raises(UserError) as error:
        Screen(**settings)
    assert said in str(error.value)
