"""Which vertices of MediaPipe's face mesh stand for the 68 landmarks.

The mesh (Y. Kartynnik, A. Ablavatski, I. Grishchenko and M. Grundmann, "Real-time facial surface geometry from
monocular video on mobile GPUs", 2019, arXiv 1907.06724; with refined eyes and lips: I. Grishchenko et al., "Attention
mesh", 2020, arXiv 2006.10962) names the vertices of its outlines: face oval, brows, eyes, lips, ridge and base of the
nose. For each landmark of the scheme of iBUG 300-W one vertex of the outline that it lies on was chosen, the same on
both sides of the face. Where several would do (along the jaw, the mesh being finer), it is the one that came nearest to
the true landmarks of 60 drawn faces and to dlib's on 93 photographs, in sum.
"""

import numpy as np

#: Vertices of the mesh, ten of which belong to the irises.
N_VERTICES = 478

# fmt: off
#: For each of the 68 landmarks, the vertex that stands for it.
VERTICES = np.array([
    # jaw, from the left of the picture to the right
    127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 356,
    # brows: their upper edges
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    # bridge and base of the nose
    168, 197, 5, 4, 75, 97, 2, 326, 305,
    # eyes
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    # outer lips
    61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91,
    # inner lips
    78, 82, 13, 312, 308, 317, 14, 87,
])
# fmt: on
