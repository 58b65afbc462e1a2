"""The warp against a literal loop over pixels and triangles, and its algebra."""

import numpy as np
import pytest
import torch

from fer_xai.errors import UserError
from fer_xai.face.canonical import CANONICAL_POINTS, TRIANGLES, barycentric, canonical_points, complete_landmarks
from fer_xai.face.warp import CanonicalWarp

SMALL_FRAME = (33, 27)


def made_up_faces(n: int, size: tuple[int, int], noise: float, seed: int = 0) -> torch.Tensor:
    """Landmarks (n, 68, 2) of faces that fill most of crops of this size, each one moved a little, float64."""
    rng = np.random.default_rng(seed)
    rows, columns = size
    points = canonical_points((round(0.8 * rows), round(0.7 * columns)))[:68]
    return torch.tensor(points + np.array([0.2 * columns, 0.15 * rows]) + rng.normal(0, noise, (n, 68, 2)))


def smooth_images(n: int, size: tuple[int, int]) -> torch.Tensor:
    """Waves (n, h, w) in [0, 1] without any symmetry, float64."""
    y, x = torch.meshgrid(torch.arange(size[0]).double(), torch.arange(size[1]).double(), indexing="ij")
    phases = torch.arange(n).double()[:, None, None]
    return 0.5 + 0.25 * torch.sin(x / 17 + phases) + 0.25 * torch.cos(y / 29 + x / 60 - phases)


def literal_warp(image: np.ndarray, landmarks: np.ndarray, frame: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """One pixel at a time, one triangle at a time, as the definition says."""
    rows, columns = image.shape
    source_points, frame_points = complete_landmarks(landmarks, image.shape), canonical_points(frame)
    smeared = literally_smeared(source_points / image.shape[::-1], frame_points / frame[::-1])
    warped, valid = np.zeros(frame), np.zeros(frame, dtype=bool)
    for v in range(frame[0]):
        for u in range(frame[1]):
            number = next(n for n, t in enumerate(TRIANGLES) if barycentric(frame_points[t], (u, v)).min() >= -1e-9)
            weights, corners = barycentric(frame_points[TRIANGLES[number]], (u, v)), TRIANGLES[number]
            a, b, c = source_points[corners]
            flipped = (b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0] <= 0
            x, y = weights @ source_points[corners]
            if flipped or smeared[number] or not (0 <= x <= columns - 1 and 0 <= y <= rows - 1):
                continue
            x0, y0 = min(int(x), columns - 2), min(int(y), rows - 2)
            fx, fy = x - x0, y - y0
            valid[v, u] = True
            warped[v, u] = (
                image[y0, x0] * (1 - fx) * (1 - fy)
                + image[y0, x0 + 1] * fx * (1 - fy)
                + image[y0 + 1, x0] * (1 - fx) * fy
                + image[y0 + 1, x0 + 1] * fx * fy
            )
    return warped, valid


def literally_smeared(source: np.ndarray, frame: np.ndarray) -> list[bool]:
    """Triangles with a corner beyond the 68 landmarks that are stretched more than five times in some direction.

    Args:
        source: (89, 2) in shares of the crop.
        frame: (89, 2) in shares of the frame.
    """
    found = []
    for a, b, c in TRIANGLES:
        edges = [np.column_stack([points[b] - points[a], points[c] - points[a]]) for points in (source, frame)]
        least = np.linalg.svd(edges[0] @ np.linalg.inv(edges[1]), compute_uv=False)[-1]
        found.append(bool(max(a, b, c) >= 68 and least < 0.2))
    return found


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-6), (torch.float32, 1e-4)], ids=["float64", "float32"]
)
def test_equals_the_literal_loop(dtype: torch.dtype, tolerance: float) -> None:
    rng = np.random.default_rng(1)
    size = (60, 41)  # neither square nor of the frame's proportions
    images = rng.random((2, *size))
    landmarks = made_up_faces(2, size, noise=1.0)
    landmarks[1] += torch.tensor([9.0, -4.0], dtype=torch.float64)  # reaches out of the crop on the right
    warped, valid = CanonicalWarp(SMALL_FRAME)(torch.tensor(images, dtype=dtype), landmarks.to(dtype))
    assert warped.dtype == dtype
    for i in range(2):
        expected, expected_valid = literal_warp(images[i], landmarks[i].to(dtype).double().numpy(), SMALL_FRAME)
        both = expected_valid & valid[i].numpy()
        assert np.abs(warped[i].numpy() - expected)[both].max() < tolerance
        assert not (expected_valid & ~valid[i].numpy()).any(), "what lies between pixel centres is always valid"
        assert (valid[i].numpy() & ~expected_valid).mean() < 0.06, "only the outermost pixel of the crop may differ"
        assert 0.6 < both.mean() < 0.99, "the case has invalid pixels"


def test_canonical_landmarks_are_the_identity() -> None:
    images = torch.rand((2, 3, 275, 224), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    landmarks = torch.tensor(CANONICAL_POINTS[:68]).expand(2, 68, 2)
    warped, valid = CanonicalWarp()(images, landmarks)
    assert valid.all()
    torch.testing.assert_close(warped, images, rtol=0, atol=1e-10)
    back, valid = CanonicalWarp().inverse(images, landmarks, (275, 224))
    assert valid.all()
    torch.testing.assert_close(back, images, rtol=0, atol=1e-10)


def test_a_plane_keeps_its_slope_in_both_directions() -> None:
    """Image = x coordinate; a face that is the canonical one in a wider, lower crop. Catches any mix-up of the axes."""
    size = (110, 448)
    landmarks = torch.tensor(canonical_points(size)[:68])[None]
    x = torch.arange(448.0, dtype=torch.float64).expand(1, *size)
    y = torch.arange(110.0, dtype=torch.float64)[:, None].expand(1, *size)
    warped, valid = CanonicalWarp()(torch.stack([x, y], dim=1), landmarks)
    assert valid.all()
    expected_x = torch.arange(224.0, dtype=torch.float64).mul(2).expand(275, 224)
    expected_y = torch.arange(275.0, dtype=torch.float64).mul(110 / 275).clamp(max=109)[:, None].expand(275, 224)
    torch.testing.assert_close(warped[0, 0], expected_x)
    torch.testing.assert_close(warped[0, 1], expected_y)


def test_warp_then_inverse_returns_the_interior() -> None:
    size = (224, 224)
    images, landmarks = smooth_images(3, size), made_up_faces(3, size, noise=0.5)
    warp = CanonicalWarp()
    warped, valid = warp(images, landmarks)
    back, back_valid = warp.inverse(warped, landmarks, size)
    lost, _ = warp.inverse((~valid).double(), landmarks, size)
    interior = back_valid & (lost == 0)
    interior[:, [0, 1, -2, -1]] = interior[:, :, [0, 1, -2, -1]] = False
    assert interior.double().mean() > 0.9
    error = (back - images).abs()[interior]
    assert error.mean() < 5e-4
    assert error.max() < 0.03, "in small triangles, which the frame shows smaller than the crop"


def test_inverse_equals_the_literal_search() -> None:
    rng = np.random.default_rng(3)
    size = (31, 24)
    maps = torch.tensor(rng.random((2, *SMALL_FRAME)))
    landmarks = made_up_faces(2, size, noise=0.4)
    drawn, valid = CanonicalWarp(SMALL_FRAME).inverse(maps, landmarks, size)
    frame_points = canonical_points(SMALL_FRAME)
    for i in range(2):
        source_points = complete_landmarks(landmarks[i].numpy(), size)
        for y in range(size[0]):
            for x in range(size[1]):
                found = None
                for corners in TRIANGLES:
                    a, b, c = source_points[corners]
                    upright = (b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0] > 1e-3
                    if upright and barycentric(source_points[corners], (x, y)).min() >= -1e-9:
                        found = barycentric(source_points[corners], (x, y)) @ frame_points[corners]
                        break
                assert valid[i, y, x] == (found is not None)
                if found is not None:
                    u, v = np.clip(found, 0, (SMALL_FRAME[1] - 1, SMALL_FRAME[0] - 1))
                    u0, v0 = min(int(u), SMALL_FRAME[1] - 2), min(int(v), SMALL_FRAME[0] - 2)
                    square = maps[i, v0 : v0 + 2, u0 : u0 + 2].numpy()
                    fu, fv = u - u0, v - v0
                    expected = np.array([1 - fv, fv]) @ square @ np.array([1 - fu, fu])
                    assert abs(float(drawn[i, y, x]) - expected) < 1e-9


def test_a_mirrored_face_gives_the_mirrored_map() -> None:
    """The canonical face is not quite symmetric, so the mirror image is taken of the frame's points as well."""
    size = (120, 90)
    pairs = _mirror_pairs()
    canonical, flip = torch.tensor(CANONICAL_POINTS[:68]), torch.tensor([-1, 1])
    symmetric = (canonical + canonical[pairs] * flip + torch.tensor([223, 0])) / 2
    landmarks = (symmetric + torch.tensor([0.5, 0])) * torch.tensor([90 / 224, 120 / 275]) - torch.tensor([0.5, 0])
    images = smooth_images(1, size)
    mirrored_landmarks = landmarks[pairs] * flip + torch.tensor([size[1] - 1, 0])
    torch.testing.assert_close(mirrored_landmarks, landmarks, rtol=0, atol=1e-4)
    warp = CanonicalWarp()
    warped, valid = warp(images, landmarks[None])
    mirrored, mirrored_valid = warp(images.flip(-1), mirrored_landmarks[None])
    assert valid.double().mean() > 0.95
    assert mirrored_valid.double().mean() > 0.95
    faces = symmetric.expand(2, 68, 2)
    (one, other), covered = warp.inverse(torch.cat([warped, mirrored]), faces, (275, 224))
    lost, _ = warp.inverse(~torch.cat([valid, mirrored_valid]), faces, (275, 224))
    good = (covered & (lost == 0)).all(dim=0)
    both = good & good.flip(-1)
    both[:, :3] = both[:, -3:] = False
    assert both.double().mean() > 0.95
    assert (one.flip(-1) - other).abs()[both].max() < 0.03
    assert (one - other).abs()[both].max() > 0.3, "the case itself is not symmetric"


def _mirror_pairs() -> list[int]:
    """Number of the landmark on the other side of the face, for each of dlib's 68."""
    jaw, brows, bridge = range(16, -1, -1), range(26, 16, -1), range(27, 31)
    base, eyes = range(35, 30, -1), [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    lips = [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    return [*jaw, *brows, *bridge, *base, *eyes, *lips]


def test_any_batch_gives_the_same_numbers() -> None:
    images, landmarks = smooth_images(11, (64, 64)).float(), made_up_faces(11, (64, 64), 0.5)
    warp = CanonicalWarp((138, 112))
    together, valid = warp(images, landmarks)
    back, back_valid = warp.inverse(together, landmarks, 64)
    for i in range(11):
        alone, alone_valid = warp(images[i : i + 1], landmarks[i : i + 1])
        assert torch.equal(alone[0], together[i])
        assert torch.equal(alone_valid[0], valid[i])
        alone, alone_valid = warp.inverse(together[i : i + 1], landmarks[i : i + 1], 64)
        assert torch.equal(alone[0], back[i])
        assert torch.equal(alone_valid[0], back_valid[i])
    channels, _ = warp(torch.stack([images, 1 - images], dim=1), landmarks)
    assert torch.equal(channels[:, 0], together)


def test_an_empty_batch_stays_empty() -> None:
    warped, valid = CanonicalWarp()(torch.zeros(0, 3, 64, 64), torch.zeros(0, 68, 2))
    assert warped.shape == (0, 3, 275, 224)
    assert valid.shape == (0, 275, 224)
    back, valid = CanonicalWarp().inverse(torch.zeros(0, 275, 224), torch.zeros(0, 68, 2), 50)
    assert back.shape == valid.shape == (0, 50, 50)


def test_flipped_and_degenerate_triangles_are_invalid() -> None:
    landmarks = torch.tensor(CANONICAL_POINTS[:68])[None].clone()
    landmarks[0, [61, 62, 63]], landmarks[0, [67, 66, 65]] = landmarks[0, [67, 66, 65]], landmarks[0, [61, 62, 63]]
    images = torch.ones(1, 275, 224)
    warped, valid = CanonicalWarp()(images, landmarks)
    assert not valid[0, 196, 112], "between the inner lips, which have changed places"
    assert valid[0, 100, 50]
    assert torch.equal(warped, valid.float()), "invalid pixels are 0"
    landmarks = torch.tensor(CANONICAL_POINTS[:68])[None].clone()
    landmarks[0, 36:42] = landmarks[0, 36]  # a closed eye, all on one point
    _, valid = CanonicalWarp()(images, landmarks)
    assert not valid[0, 80, 70], "inside the eye, whose triangles have no area"
    assert valid[0, 80, 150], "the other eye"


def test_landmarks_outside_the_crop_or_not_finite_make_pixels_invalid() -> None:
    landmarks = torch.tensor(CANONICAL_POINTS[:68]).expand(2, 68, 2).clone()
    landmarks[0, :, 1] += 100
    landmarks[1, 30] = torch.nan
    warped, valid = CanonicalWarp()(torch.ones(2, 275, 224), landmarks)
    assert not valid[0, 200:265, 60:160].any(), "chin and mouth lie below the crop"
    assert valid[0, 90:160, 60:160].all()
    assert not valid[1, 138, 110]
    assert torch.isfinite(warped).all()
    back, valid = CanonicalWarp().inverse(torch.ones(2, 275, 224), landmarks, (275, 224))
    assert torch.isfinite(back).all()


def test_masks_and_bytes_are_warped_as_float32() -> None:
    landmarks = torch.tensor(CANONICAL_POINTS[:68])[None]
    mask = torch.zeros(1, 275, 224, dtype=torch.bool)
    mask[:, 50:90] = True
    warped, _ = CanonicalWarp()(mask, landmarks)
    assert warped.dtype == torch.float32
    assert torch.equal(warped >= 0.5, mask)


def test_constants_keep_their_precision_whatever_the_module_is_cast_to() -> None:
    images = smooth_images(1, (275, 224))
    landmarks = torch.tensor(CANONICAL_POINTS[:68])[None]
    warped, _ = CanonicalWarp().half()(images, landmarks)
    torch.testing.assert_close(warped, images, rtol=0, atol=1e-10)


def test_gradients_pass_through_to_the_images() -> None:
    images = smooth_images(1, (40, 40)).requires_grad_()
    warped, valid = CanonicalWarp((20, 16))(images, made_up_faces(1, (40, 40), 0.1))
    warped.sum().backward()
    assert images.grad is not None
    assert float(images.grad.sum()) == pytest.approx(float(valid.sum()), rel=1e-9)


def test_shapes_that_do_not_go_together_are_refused() -> None:
    warp = CanonicalWarp()
    with pytest.raises(UserError, match=r"landmarks of shape \(2, 68, 2\) beside 3 images"):
        warp(torch.zeros(3, 10, 10), torch.zeros(2, 68, 2))
    with pytest.raises(UserError, match="images of shape"):
        warp(torch.zeros(10, 10), torch.zeros(1, 68, 2))
    with pytest.raises(UserError, match="canonical frame"):
        warp.inverse(torch.zeros(1, 224, 275), torch.zeros(1, 68, 2), 224)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_processor() -> None:
    images, landmarks = smooth_images(9, (224, 224)).float(), made_up_faces(9, (224, 224), 2.0)
    warp = CanonicalWarp()
    expected, expected_valid = warp(images, landmarks)
    warped, valid = warp(images.cuda(), landmarks.cuda())
    assert warped.is_cuda
    assert torch.equal(valid.cpu(), expected_valid)
    torch.testing.assert_close(warped.cpu(), expected, rtol=0, atol=1e-5)
    back, back_valid = warp.inverse(warped, landmarks.cuda(), 224)
    expected, expected_valid = warp.inverse(expected, landmarks, 224)
    assert torch.equal(back_valid.cpu(), expected_valid)
    torch.testing.assert_close(back.cpu(), expected, rtol=0, atol=1e-5)


def test_border_pixels_draw_no_rays_around_a_face_that_fills_its_crop() -> None:
    """A white line of two pixels frames the crop, and the jaw touches it: nothing of it may cover the background."""
    points = CANONICAL_POINTS[:68]
    low, high = points.min(axis=0), points.max(axis=0)
    for margin in (-6.0, 0.4, 3.0):
        tight = margin + (points - low) / (high - low) * (223 - 2 * margin)
        image = torch.zeros(1, 224, 224)
        image[:, :2] = image[:, -2:] = image[:, :, :2] = image[:, :, -2:] = 1
        warped, valid = CanonicalWarp()(image, torch.tensor(tight)[None])
        # As much as a frame of its own of two pixels would take, not the whole background.
        assert float((warped * valid).mean()) < 0.05
        assert not valid[0, 150, :10].any()
        assert not valid[0, 150, -8:].any()
        assert margin > 0 or not valid[0, 272, 70:150].any()
        assert valid[0, 80:190, 50:180].all(), "the face itself is there"


def test_a_face_with_the_usual_margin_is_shown_whole() -> None:
    points = torch.tensor(canonical_points((224, 224))[:68])[None]
    assert CanonicalWarp()(torch.ones(1, 224, 224), points)[1].all()
