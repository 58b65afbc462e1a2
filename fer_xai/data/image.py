"""Reading one picture of whatever kind into upright RGB."""

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

#: Pictures of more pixels are refused before they are decoded: Pillow's own limit (a quarter of a gigabyte as RGB).
MOST_PIXELS = 89_478_485


class UnreadableImage(Exception):
    """A file that is not a picture that can be used; the message says why, in a few words."""


def read_image(content: bytes) -> np.ndarray:
    """Decode a picture.

    Grey, palette, 16-bit and CMYK pictures become RGB, transparent parts black, and the camera's orientation (EXIF) is
    applied. Of several frames the first is taken.

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
            with Image.open(io.BytesIO(content)) as picture:
                return _decode(picture)
    except UnreadableImage:
        raise
    except UnidentifiedImageError:
        raise UnreadableImage("not a picture of a known format") from None
    except Image.DecompressionBombError:
        raise UnreadableImage(f"more than {MOST_PIXELS} pixels") from None
    except Exception as error:
        # Decoders raise whatever they stumble over (OSError, ValueError, SyntaxError, struct.error, ...).
        raise UnreadableImage(" ".join(str(error).split()) or type(error).__name__) from None


def _decode(picture: Image.Image) -> np.ndarray:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise UnreadableImage(f"{width} x {height} pixels, more than {MOST_PIXELS}")
    picture.load()
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):
        return np.repeat(_to_eight_bits(np.asarray(picture), picture.mode)[..., None], 3, axis=2)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture)
    return np.array(picture.convert("RGB"))


def _to_eight_bits(grey: np.ndarray, mode: str) -> np.ndarray:
    """Grey of 16 or 32 bits, or fractions, as 0..255: 16-bit values are taken to fill their range."""
    values = np.nan_to_num(grey.astype(np.float64))
    if mode == "F":
        full = 1.0 if values.max() <= 1 else 255.0 if values.max() <= 255 else 65535.0
    else:
        full = 255.0 if values.max() <= 255 else 65535.0
    return np.rint(np.clip(values / full, 0, 1) * 255).astype(np.uint8)
