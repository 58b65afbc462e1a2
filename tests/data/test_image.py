import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fer_xai.data.image import UnreadableImage, read_image


def encoded(picture: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


@pytest.fixture
def colours() -> np.ndarray:
    """Red, green, blue and grey quarters, 16 x 24 (height, width)."""
    image = np.zeros((16, 24, 3), np.uint8)
    image[:8, :12], image[:8, 12:], image[8:, :12], image[8:, 12:] = (250, 0, 0), (0, 240, 0), (0, 0, 230), (99, 99, 99)
    return image


def test_colour_and_palette_pictures_come_as_they_are(colours: np.ndarray) -> None:
    picture = Image.fromarray(colours)
    assert (read_image(encoded(picture)) == colours).all()
    assert (read_image(encoded(picture.convert("P", palette=Image.Palette.ADAPTIVE))) == colours).all()
    assert (read_image(encoded(picture, "BMP")) == colours).all()


def test_grey_becomes_three_equal_channels() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    read = read_image(encoded(Image.fromarray(grey)))
    assert read.shape == (16, 16, 3)
    assert (read == grey[..., None]).all()


def test_sixteen_bits_are_scaled_to_eight() -> None:
    deep = np.array([[0, 257, 65535], [128 * 257, 1000, 60000]], np.uint16)
    read = read_image(encoded(Image.fromarray(deep)))
    assert read[..., 0].tolist() == [[0, 1, 255], [128, 4, 233]]
    assert (read_image(encoded(Image.fromarray(deep), "TIFF")) == read).all()


def test_fractions_are_taken_to_lie_between_0_and_1() -> None:
    read = read_image(encoded(Image.fromarray(np.array([[0, 0.5, 1]], np.float32)), "TIFF"))
    assert read[0, :, 0].tolist() == [0, 128, 255]


def test_black_and_white_in_one_bit() -> None:
    read = read_image(encoded(Image.fromarray(np.array([[True, False]]))))
    assert read[..., 1].tolist() == [[255, 0]]


def test_transparent_parts_are_black(colours: np.ndarray) -> None:
    alpha = np.full((16, 24), 255, np.uint8)
    alpha[:8] = 0
    read = read_image(encoded(Image.fromarray(np.dstack([colours, alpha]))))
    assert (read[:8] == 0).all()
    assert (read[8:] == colours[8:]).all()


def test_cmyk_becomes_rgb(colours: np.ndarray) -> None:
    read = read_image(encoded(Image.fromarray(colours).convert("CMYK"), "TIFF"))
    assert np.abs(read.astype(int) - colours).max() <= 2


def test_camera_orientation_is_applied(colours: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is stored must be turned clockwise
    read = read_image(encoded(Image.fromarray(colours), exif=exif))
    assert read.shape == (24, 16, 3)
    assert (read == np.rot90(colours, -1)).all()


def test_first_frame_of_a_moving_picture(colours: np.ndarray) -> None:
    frames = [Image.fromarray(colours), Image.fromarray(255 - colours)]
    read = read_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert np.abs(read.astype(int) - colours).max() <= 8


def test_what_is_no_picture_says_so(colours: np.ndarray) -> None:
    whole = encoded(Image.fromarray(colours).resize((200, 200)), "JPEG")
    noise = np.random.default_rng(0).bytes(500)
    cases = {b"": "empty file", b"hello": "not a picture", noise: "not a picture", whole[:2000]: "truncated"}
    for content, reason in cases.items():
        with pytest.raises(UnreadableImage, match=reason):
            read_image(content)


def outcome(content: bytes) -> str:
    """The shape of the picture, or why there is none."""
    try:
        return str(read_image(content).shape)
    except UnreadableImage as error:
        return str(error)


def test_every_damaged_copy_is_read_or_refused_in_one_line(colours: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    for kind in ("PNG", "JPEG", "BMP", "TIFF", "GIF"):
        whole = np.frombuffer(encoded(Image.fromarray(colours), kind), np.uint8)
        for _ in range(40):
            damaged = whole.copy()
            damaged[rng.integers(0, len(whole), 4)] = rng.integers(0, 256, 4)
            assert len(outcome(damaged.tobytes()).splitlines()) == 1


def test_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    for side in (12_000, 60_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(1000)))
            + chunk(b"IEND", b"")
        )
        with pytest.raises(UnreadableImage, match="more than 89478485"):
            read_image(bomb)
