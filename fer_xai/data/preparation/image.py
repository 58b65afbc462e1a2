"""Reading one picture of whatever kind into upright RGB."""

import io
import warnings
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

#: Pictures of more pixels are refused before they are decoded: Pillow's own limit (a quarter of a gigabyte as RGB).
MOST_PIXELS = 89_478_485
#: Bits that cameras and instruments use of the 16 or more that a file has room for.
_DEPTHS = (8, 10, 12, 14, 16, 24, 32)
_ORIENTATION = 0x0112
#: Tags of TIFF: width, height, bits of each sample, and what zero means (0: white).
_WIDTH, _HEIGHT, _BITS, _ZERO = 256, 257, 258, 262


class UnreadableImage(Exception):
    """A file that is not a picture that can be used; the message says why, in a few words."""


def read_image(content: bytes) -> np.ndarray:
    """Decode a picture.

    Grey, palette, CMYK, deep and fractional pictures become RGB of eight bits, transparent parts black, and the
    camera's orientation (EXIF) is applied. Of several frames the first is taken. Where a picture has more than eight
    bits, the least of 8, 10, 12, 14 and 16 that holds its highest value is taken as its depth. Fractions lie from 0 to
    1, or from -1 to 1; other pictures with negative values fill the range from their lowest to their highest.

    Args:
        content: the bytes of the file.

    Returns:
        uint8 (height, width, 3).

    Raises:
        UnreadableImage: empty, truncated, no picture, or too large.
    """
    if not content:
        raise UnreadableImage("empty file")
    try:
        with warnings.catch_warnings():
            # Broken metadata and large pictures are warned of on every read; what matters here is refused below.
            warnings.simplefilter("ignore")
            try:
                with Image.open(io.BytesIO(content), formats=_formats()) as picture:
                    return _decode(picture, content)
            except UnidentifiedImageError:
                return _decode_unidentified(content)
    except UnreadableImage:
        raise
    except Image.DecompressionBombError:
        raise UnreadableImage(f"more than {MOST_PIXELS} pixels") from None
    except Exception as error:
        # Decoders raise whatever they stumble over (OSError, ValueError, SyntaxError, struct.error, ...).
        raise UnreadableImage(" ".join(str(error).split()) or type(error).__name__) from None


@cache
def _formats() -> tuple[str, ...]:
    """Formats of pictures; those are missing whose files are programs, for which Pillow starts Ghostscript."""
    Image.init()
    return tuple(name for name in Image.OPEN if name != "EPS")


def _decode(picture: Image.Image, content: bytes) -> np.ndarray:
    _check_size(*picture.size)
    if _is_deep_colour(picture, content):
        upright = Image.fromarray(_decode_deep(content))
        upright.getexif()[_ORIENTATION] = picture.getexif().get(_ORIENTATION, 1)
        return np.array(ImageOps.exif_transpose(upright))
    picture.load()
    white_is_zero = isinstance(picture, TiffImagePlugin.TiffImageFile) and picture.tag_v2.get(_ZERO) == 0
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):
        grey = _to_eight_bits(np.asarray(picture))
        # Pillow turns eight bits the right way round itself.
        return np.repeat((255 - grey if white_is_zero else grey)[..., None], 3, axis=2)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture)
    return np.array(picture.convert("RGB"))


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise UnreadableImage(f"{width} x {height} pixels, more than {MOST_PIXELS}")


def _is_deep_colour(picture: Image.Image, content: bytes) -> bool:
    """Whether Pillow would cut the samples to their upper eight bits: colour, or grey with alpha, of 16 bits."""
    if picture.mode not in {"RGB", "RGBA", "LA", "RGBX"}:
        return False
    if picture.format == "PNG":
        return content[24] == 16
    bits = picture.tag_v2.get(_BITS) if isinstance(picture, TiffImagePlugin.TiffImageFile) else None
    return bits is not None and max(bits) > 8


def _decode_deep(content: bytes) -> np.ndarray:
    """(height, width, 3) uint8 as stored, from colour of more than eight bits."""
    values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise UnreadableImage("cannot be decoded")
    if values.ndim == 2:
        return np.repeat(_to_eight_bits(values)[..., None], 3, axis=2)
    colour = _to_eight_bits(values[..., 2::-1])
    if values.shape[2] < 4:
        return colour
    alpha = _to_eight_bits(values[..., 3:]).astype(np.float64) / 255
    return np.rint(colour * alpha).astype(np.uint8)


def _decode_unidentified(content: bytes) -> np.ndarray:
    """TIFF files with colours in fractions, which Pillow does not know; others are refused with what they are."""
    if content[:4] in {b"II*\0", b"MM\0*"}:
        stream = io.BytesIO(content)
        tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
        stream.seek(tags.next)
        tags.load(stream)
        _check_size(tags[_WIDTH], tags[_HEIGHT])
        return _decode_deep(content)
    kind = content[4:12]
    if kind in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"}:
        raise UnreadableImage("a HEIC picture, of a format that is not read; JPEG and PNG are")
    if content.startswith(b"version https://git-lfs"):
        raise UnreadableImage("a pointer of Git LFS in place of the picture: git lfs pull fetches it")
    if kind[:4] == b"ftyp" or content[:4] in {b"\x1aE\xdf\xa3", b"RIFF"}:
        raise UnreadableImage("a video, or a picture of a format that is not read; JPEG and PNG are")
    raise UnreadableImage("not a picture of a known format")


def _to_eight_bits(values: np.ndarray) -> np.ndarray:
    """Samples of more than eight bits, or fractions, as 0..255."""
    finite = np.isfinite(values)
    samples = np.where(finite, values, 0).astype(np.float64)
    least, most = float(samples.min()), float(samples.max())
    if least < 0:
        # Networks' own scaling: from -1 to 1, or standardised.
        low, high = (-1.0, 1.0) if least >= -1 and most <= 1 else (least, most)
    elif values.dtype.kind == "f" and most <= 2:
        # Resampling leaves values a little above 1.
        low, high = 0.0, 1.0
    else:
        low, high = 0.0, next((2.0**bits - 1 for bits in _DEPTHS if most < 2**bits), most)
    share = (samples - low) / max(high - low, np.finfo(np.float64).tiny)
    return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
