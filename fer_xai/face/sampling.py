"""The two pixel operations under the warp: bilinear look-up, and which triangle covers which pixel."""

import torch
from torch import Tensor


def bilinear(images: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Values of images between their pixel centres.

    Args:
        images: (b, c, h, w), pixel centres at whole numbers.
        x: columns (b, p), float64. Beyond the outermost pixel centres the nearest point of the image counts, and what
            is not finite is looked up at a border.
        y: rows (b, p), likewise.

    Returns:
        (b, c, p) in the type of `images`.
    """
    rows, columns = images.shape[-2:]
    x, y = x.nan_to_num(0.0).clamp_(0, columns - 1), y.nan_to_num(0.0).clamp_(0, rows - 1)
    left, top = x.floor().clamp_(max=max(columns - 2, 0)), y.floor().clamp_(max=max(rows - 2, 0))
    across, down = (x - left).to(images.dtype), (y - top).to(images.dtype)
    start = top.mul_(columns).add_(left).long()
    right, below = min(columns - 1, 1), min(rows - 1, 1) * columns
    sampled = []
    # Look-ups in one dimension are much the fastest, so images and channels are taken one by one.
    for channels, at, part_across, part_down in zip(images.flatten(2), start, across, down, strict=True):
        for plane in channels:
            upper = torch.lerp(plane.index_select(0, at), plane[right:].index_select(0, at), part_across)
            lower_left, lower_right = plane[below:], plane[below + right :]
            lower = torch.lerp(lower_left.index_select(0, at), lower_right.index_select(0, at), part_across)
            sampled.append(torch.lerp(upper, lower, part_down))
    return torch.stack(sampled).unflatten(0, images.shape[:2])


def cover(corners: Tensor, usable: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The triangle that covers each pixel of an image, and the pixel's barycentric weights in it.

    Every triangle proposes itself to the pixels of its bounding box, all boxes of all images at once; of the triangles
    that do cover a pixel, the one with the lowest number gets it.

    Args:
        corners: (b, t, 3, 2), (x, y), float64.
        usable: bool (b, t); the others cover nothing.
        size: rows and columns of the image.

    Returns:
        Number of the triangle (b, rows * columns), -1 where none covers the pixel, and the weights
        (b, rows * columns, 3), meaningless there.
    """
    rows, columns = size
    batch, number = corners.shape[:2]
    limit = corners.new_tensor([columns - 1, rows - 1])
    known = corners.nan_to_num(0.0)
    first = (known.amin(dim=2) - 1e-9).ceil().clamp(min=0).minimum(limit + 1)
    last = (known.amax(dim=2) + 1e-9).floor().clamp(min=-1).minimum(limit)
    extent = (last - first + 1).clamp(min=0).long() * usable[..., None]
    box = extent.prod(dim=-1).flatten()
    owner = torch.repeat_interleave(torch.arange(batch * number, device=box.device), box)
    within = torch.arange(len(owner), device=box.device) - (box.cumsum(0) - box)[owner]
    width = extent[..., 0].flatten()[owner]
    pixel = first.flatten(0, 1)[owner].long() + torch.stack([within % width, within // width], dim=-1)
    inside = (_barycentric(corners.flatten(0, 1)[owner], pixel) >= -1e-9).all(dim=-1)
    owner, pixel = owner[inside], pixel[inside]
    place = (owner // number) * (rows * columns) + pixel[:, 1] * columns + pixel[:, 0]
    triangle = torch.full((batch * rows * columns,), number, device=box.device)
    triangle = triangle.scatter_reduce(0, place, owner % number, "amin").view(batch, rows * columns)
    flat = torch.arange(rows * columns, device=box.device)
    grid = torch.stack([flat % columns, flat // columns], dim=-1)
    chosen = corners.gather(1, triangle.clamp(max=number - 1)[..., None, None].expand(-1, -1, 3, 2))
    return triangle.where(triangle < number, -1), _barycentric(chosen, grid)


def _barycentric(corners: Tensor, points: Tensor) -> Tensor:
    """Weights (..., 3) of points (..., 2) in triangles (..., 3, 2); not finite in a degenerate one."""
    u, v = (corners[..., 1:, :] - corners[..., :1, :]).unbind(dim=-2)
    offset = points - corners[..., 0, :]
    double_area = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    second = (offset[..., 0] * v[..., 1] - offset[..., 1] * v[..., 0]) / double_area
    third = (offset[..., 1] * u[..., 0] - offset[..., 0] * u[..., 1]) / double_area
    return torch.stack([1 - second - third, second, third], dim=-1)
