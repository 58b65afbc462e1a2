"""The warp between face crops and the canonical frame, for whole batches, on the device of the tensors.

The triangulation is fixed in canonical space, so each pixel of the frame keeps its triangle and its barycentric weights
for good: where it comes from in a crop is a weighted mean of three landmarks. Coordinates are computed in float64 (a
float32 coordinate of 200 pixels is off by 1e-5), values in the floating type of the images.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.face.canonical import (
    FRAME_SHAPE,
    N_JAW,
    N_LANDMARKS,
    SMALLEST_AREA_RATIO,
    SMALLEST_STRETCH,
    TRIANGLES,
    canonical_points,
    image_size,
    pixel_weights,
)
from fer_xai.face.sampling import bilinear, cover

#: Images that are warped at once: few on a processor, whose cache they should fit, more on an accelerator.
CHUNK = {"cpu": 4}
CHUNK_ELSEWHERE = 64


class CanonicalWarp(nn.Module):
    """Carry images or heatmaps from their crops to the canonical frame, and maps of the frame back to crops.

    Args:
        frame: rows and columns of the canonical frame; the canonical points follow in proportion.

    Examples:
        >>> from fer_xai.face.canonical import CANONICAL_POINTS
        >>> face = torch.rand(1, 275, 224, dtype=torch.float64)
        >>> warped, valid = CanonicalWarp()(face, torch.tensor(CANONICAL_POINTS[None, :68]))
        >>> bool(valid.all()), torch.allclose(warped, face)
        (True, True)
    """

    def __init__(self, frame: tuple[int, int] = FRAME_SHAPE) -> None:
        super().__init__()
        self.frame = image_size(frame)
        triangle, weights = pixel_weights(self.frame)
        # Plain attributes and no buffers: `.half()` or `.to(dtype)` on a parent module must not round them.
        self._constants = {
            "triangle": torch.tensor(triangle.reshape(-1)),
            "corners": torch.tensor(TRIANGLES[triangle.reshape(-1)].T.copy()),
            "weights": torch.tensor(weights.reshape(-1, 3).T.copy()),
            "triangles": torch.tensor(TRIANGLES),
            "points": torch.tensor(canonical_points(self.frame)),
            "around": torch.tensor((TRIANGLES >= N_LANDMARKS).any(axis=1)),
        }

    def forward(self, images: Tensor, landmarks: Tensor) -> tuple[Tensor, Tensor]:
        """Warp crops to the canonical frame.

        A pixel is invalid where its source lies outside the crop, or where its triangle is flipped or degenerate in the
        crop, or lies around the face and is smeared; it is 0 there. The crop reaches half a pixel beyond its first
        pixel centres and, on the other sides, to its corner point (width, height); beyond the outermost pixel centres
        the value of the nearest one counts.

        Args:
            images: (b, c, h, w) or (b, h, w); what is no floating type becomes float32.
            landmarks: (b, 68, 2), (x, y) in pixels of these images. An image whose landmarks are not finite has no
                valid pixel.

        Returns:
            The warped images (b, c, rows, columns) or (b, rows, columns), and where they are valid, bool
            (b, rows, columns).

        Raises:
            UserError: the shapes do not go together.
        """
        _check_shapes(images, landmarks)
        if not images.is_floating_point():
            images = images.float()
        if len(images) == 0:
            return images.new_zeros((*images.shape[:-2], *self.frame)), images.new_zeros((0, *self.frame)).bool()
        parts = [self._forward(*part) for part in _chunks(images, landmarks)]
        warped, valid = (torch.cat(part) for part in zip(*parts, strict=True))
        return warped.unflatten(-1, self.frame), valid.unflatten(-1, self.frame)

    def _forward(self, images: Tensor, landmarks: Tensor) -> tuple[Tensor, Tensor]:
        rows, columns = size = images.shape[-2], images.shape[-1]
        constants = self._on(images.device)
        points = _complete(landmarks.to(images.device).double(), size)
        planes = points.detach().transpose(1, 2).flatten(0, 1)
        source = torch.stack([self._weighted_mean(plane, constants) for plane in planes])
        x, y = source.unflatten(0, (-1, 2)).unbind(dim=1)
        inside = (x >= -0.5) & (x <= columns) & (y >= -0.5) & (y <= rows)
        usable = self._upright(points, size) & ~self._smeared(points, size)
        valid = inside & usable.index_select(1, constants["triangle"])
        grouped = images if images.ndim == 4 else images[:, None]
        warped = bilinear(grouped, x, y) * valid[:, None]
        return (warped if images.ndim == 4 else warped[:, 0]), valid

    @staticmethod
    def _weighted_mean(values: Tensor, constants: dict[str, Tensor]) -> Tensor:
        """Interpolate values of the 89 points to all pixels of the frame: (89,) -> (rows * columns,)."""
        # Look-ups in one dimension are much the fastest.
        corners, weights = constants["corners"], constants["weights"]
        mean = values.index_select(0, corners[0]).mul_(weights[0])
        mean.addcmul_(values.index_select(0, corners[1]), weights[1])
        return mean.addcmul_(values.index_select(0, corners[2]), weights[2])

    def inverse(self, maps: Tensor, landmarks: Tensor, size: int | tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Carry maps of the canonical frame back to crops, to draw a mask on a person's face for instance.

        A pixel of the crop is invalid, and 0, where no upright triangle of the landmarks covers it; where triangles
        overlap, the one with the lowest number counts.

        Args:
            maps: (b, c, rows, columns) or (b, rows, columns) in the canonical frame.
            landmarks: (b, 68, 2), (x, y) in pixels of the crops.
            size: rows and columns of the crops, or one number for squares.

        Returns:
            The maps in the crops, (b, c, h, w) or (b, h, w), and where they are valid, bool (b, h, w).

        Raises:
            UserError: the shapes do not go together.
        """
        _check_shapes(maps, landmarks)
        if tuple(maps.shape[-2:]) != self.frame:
            raise UserError(f"maps of {tuple(maps.shape[-2:])} rows and columns: the canonical frame is {self.frame}")
        size = image_size(size)
        if not maps.is_floating_point():
            maps = maps.float()
        if len(maps) == 0:
            return maps.new_zeros((*maps.shape[:-2], *size)), maps.new_zeros((0, *size)).bool()
        parts = [self._inverse(*part, size) for part in _chunks(maps, landmarks)]
        images, valid = (torch.cat(part) for part in zip(*parts, strict=True))
        return images.unflatten(-1, size), valid.unflatten(-1, size)

    def between(self, images: Tensor, landmarks: Tensor, onto: Tensor) -> tuple[Tensor, Tensor]:
        """Carry crops of faces to the landmarks of others, triangle by triangle, in one look-up.

        Args:
            images: (b, c, h, w) or (b, h, w).
            landmarks: (b, 68, 2) of these images, in their pixels.
            onto: (b, 68, 2), where the landmarks are to lie, in pixels of the same size of crop.

        Returns:
            The images with their landmarks there, of the same shape, and where they are valid, bool (b, h, w): 0 and
            False where no upright triangle of `onto` covers a pixel, and everywhere if landmarks are not finite.

        Raises:
            UserError: the shapes do not go together.
        """
        _check_shapes(images, landmarks)
        _check_shapes(images, onto)
        if not images.is_floating_point():
            images = images.float()
        size = (images.shape[-2], images.shape[-1])
        if len(images) == 0:
            return images, images.new_zeros((0, *size)).bool()
        parts = [
            self._looked_up(image, _complete(known.to(image.device).double(), size), goal, size)
            for (image, known), (_, goal) in zip(_chunks(images, landmarks), _chunks(images, onto), strict=True)
        ]
        carried, valid = (torch.cat(part) for part in zip(*parts, strict=True))
        return carried.unflatten(-1, size), valid.unflatten(-1, size)

    def _inverse(self, maps: Tensor, landmarks: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        frame = self._on(maps.device)["points"].expand(len(maps), -1, -1)
        return self._looked_up(maps, frame, landmarks, size)

    def _looked_up(
        self, images: Tensor, points: Tensor, landmarks: Tensor, size: tuple[int, int]
    ) -> tuple[Tensor, Tensor]:
        """Values of images, whose 89 points (b, 89, 2) are known, for all pixels of crops with these landmarks."""
        triangles = self._on(images.device)["triangles"]
        goal = _complete(landmarks.to(images.device).double(), size)
        triangle, weights = cover(goal[:, triangles], self._upright(goal, size), size)
        valid = (triangle >= 0) & points.isfinite().flatten(1).all(dim=1)[:, None]
        each = torch.arange(len(images), device=images.device)[:, None]
        corners = points[:, triangles][each, triangle.clamp(min=0)]
        x, y = (corners * weights[..., None]).sum(dim=2).unbind(dim=-1)
        grouped = images if images.ndim == 4 else images[:, None]
        found = bilinear(grouped, x, y) * valid[:, None]
        return (found if images.ndim == 4 else found[:, 0]), valid

    def _upright(self, points: Tensor, size: tuple[int, int]) -> Tensor:
        """Whether each triangle of the points (b, 89, 2) is neither flipped nor degenerate in crops of this size."""
        constants = self._on(points.device)
        in_proportion = (size[0] * size[1]) / (self.frame[0] * self.frame[1])
        smallest = SMALLEST_AREA_RATIO * in_proportion * _double_area(constants["points"][constants["triangles"]])
        return _double_area(points[:, constants["triangles"]]) > smallest

    def _smeared(self, points: Tensor, size: tuple[int, int]) -> Tensor:
        """Whether each triangle of the points (b, 89, 2) lies around the face and is squeezed in crops of this size."""
        constants = self._on(points.device)
        frame = _edges(constants["points"][constants["triangles"]]) / points.new_tensor(self.frame[::-1])[:, None]
        crop = _edges(points[:, constants["triangles"]]) / points.new_tensor(size[::-1])[:, None]
        # What lies apart by a share of the frame lies apart by this share of the crop, in the direction of the least.
        stretch = _least_stretch(crop @ torch.linalg.inv(frame))
        return constants["around"] & ~(stretch >= SMALLEST_STRETCH)

    def _on(self, device: torch.device) -> dict[str, Tensor]:
        if self._constants["points"].device != device:
            self._constants = {name: constant.to(device) for name, constant in self._constants.items()}
        return self._constants


def _chunks(images: Tensor, landmarks: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    length = CHUNK.get(images.device.type, CHUNK_ELSEWHERE)
    return zip(images.split(length), landmarks.split(length), strict=True)


def _complete(landmarks: Tensor, size: tuple[int, int]) -> Tensor:
    """`canonical.complete_landmarks` for tensors: (b, 68, 2) -> (b, 89, 2)."""
    rows, columns = size
    top = landmarks[:, :N_JAW] * landmarks.new_tensor([1, 0])
    corners = landmarks.new_tensor([(0, 0), (0, rows), (columns, 0), (columns, rows)])
    return torch.cat([landmarks, top, corners.expand(len(landmarks), 4, 2)], dim=1)


def _double_area(corners: Tensor) -> Tensor:
    """Twice the signed area of triangles (..., 3, 2)."""
    u, v = (corners[..., 1:, :] - corners[..., :1, :]).unbind(dim=-2)
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]


def _edges(corners: Tensor) -> Tensor:
    """The two edges from the first corner of triangles (..., 3, 2), as the columns of (..., 2, 2)."""
    return (corners[..., 1:, :] - corners[..., :1, :]).transpose(-1, -2)


def _least_stretch(maps: Tensor) -> Tensor:
    """The smaller singular value of linear maps (..., 2, 2)."""
    squares = maps.square().sum(dim=(-1, -2))
    double = 2 * (maps[..., 0, 0] * maps[..., 1, 1] - maps[..., 0, 1] * maps[..., 1, 0])
    # s1 + s2 and s1 - s2, for s1^2 + s2^2 is the sum of squares and s1 s2 the size of the determinant.
    return ((squares + double.abs()).sqrt() - (squares - double.abs()).clamp(min=0).sqrt()) / 2


def _check_shapes(images: Tensor, landmarks: Tensor) -> None:
    if images.ndim not in (3, 4):
        raise UserError(f"images of shape {tuple(images.shape)}: (b, c, h, w) or (b, h, w) is needed")
    if landmarks.shape != (len(images), N_LANDMARKS, 2):
        raise UserError(
            f"landmarks of shape {tuple(landmarks.shape)} beside {len(images)} images: "
            f"({len(images)}, {N_LANDMARKS}, 2) is needed, x before y, in pixels of the images"
        )
