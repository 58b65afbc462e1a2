import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from fer_xai.data.preparation.image import UnreadableImage, read_image


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


def test_programs_in_place_of_pictures_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise AssertionError("Ghostscript was to be started")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", start)
    program = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    with pytest.raises(UnreadableImage, match="not a picture of a known format"):
        read_image(program)


def test_a_pointer_of_git_lfs_is_called_what_it_is() -> None:
    with pytest.raises(UnreadableImage, match="a pointer of Git LFS"):
        read_image(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 123\n")


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


def as_file(values: np.ndarray, kind: str) -> bytes:
    """Values in the order red, green, blue, alpha, of any depth, as a file."""
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[values.shape[2]]
    return cv2.imencode(kind, values[..., order])[1].tobytes()


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", [".png", ".tiff"])
def test_pictures_that_use_part_of_their_depth_are_read_as_what_they_show(bits: int, kind: str) -> None:
    shown = np.arange(192, dtype=np.uint8).reshape(8, 8, 3) + 60
    deep = np.rint(shown * ((2**bits - 1) / 255)).astype(np.uint16)
    assert (read_image(as_file(deep, kind)) == shown).all()
    assert (read_image(as_file(deep[..., :1], kind)) == shown[..., :1]).all()


def test_deep_colour_has_transparency_and_orientation_too(colours: np.ndarray) -> None:
    alpha = np.full((16, 24, 1), 65535, np.uint16)
    alpha[:8] = 0
    read = read_image(as_file(np.dstack([colours.astype(np.uint16) * 257, alpha]), ".png"))
    assert (read[:8] == 0).all()
    assert (read[8:] == colours[8:]).all()
    plain = encoded(Image.fromarray(colours), exif=_turned())
    end = plain.index(b"eXIf") - 4
    length = int.from_bytes(plain[end : end + 4], "big") + 12
    deep = as_file(colours.astype(np.uint16) * 16, ".png")
    turned = deep[:33] + plain[end : end + length] + deep[33:]
    assert (read_image(turned) == np.rot90(np.rint(colours * (16 / 4095 * 255)).astype(np.uint8), -1)).all()


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0, 0.5, 1.02], [0, 128, 255]),
        ([0, 127.6, 255], [0, 128, 255]),
        ([-1, 0, 1], [0, 128, 255]),
        ([-2, 0, 2], [0, 128, 255]),
        ([0, np.nan, np.inf], [0, 0, 0]),
        ([0, 2048, 4095], [0, 128, 255]),
    ],
)
def test_fractions_as_people_scale_them(values: list[float], shown: list[int]) -> None:
    grey = np.array([values], np.float32)
    assert read_image(encoded(Image.fromarray(grey), "TIFF"))[0, :, 0].tolist() == shown
    colour = as_file(np.repeat(grey[..., None], 3, axis=2), ".tiff")
    assert read_image(colour)[0].tolist() == [[value] * 3 for value in shown]


def test_deep_grey_in_which_zero_is_white() -> None:
    deep = Image.fromarray(np.array([[0, 65535]], np.uint16))
    assert read_image(encoded(deep, "TIFF", tiffinfo={262: 0}))[0, :, 0].tolist() == [255, 0]


def test_pictures_and_videos_of_formats_that_are_not_read_are_named() -> None:
    cases = {
        b"\0\0\0\x18ftypheic\0\0\0\0mif1": "a HEIC picture, of a format that is not read; JPEG and PNG are",
        b"\0\0\0\x18ftypisom\0\0\0\0isom": "a video, or a picture of a format that is not read",
    }
    for content, reason in cases.items():
        with pytest.raises(UnreadableImage, match=reason):
            read_image(content + bytes(100))


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
    # The camera was turned: what is stored must be turned clockwise.
    read = read_image(encoded(Image.fromarray(colours), exif=_turned()))
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
