# %% [markdown]
# # What a network uses
#
# A heatmap may look right and say nothing of the network. On drawn faces the truth can be measured: draw the same face
# without one action unit, and see what the network says.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import fer_xai

# %% [markdown]
# The same smile, without each of its action units in turn. Person, light, pose and noise stay.

# %%
smiles = fer_xai.draw_interventions("happiness", subject=5)
figure, row = plt.subplots(1, len(smiles), figsize=(12, 3), layout="constrained")
for axes, (name, face) in zip(row, smiles.items(), strict=True):
    axes.imshow(face.image)
    axes.set(title=name, xticks=[], yticks=[])

# %% [markdown]
# A network that knows one thing: how bright the middle of the mouth is (teeth show in a smile). Its weights are written by
# hand, so that the answer is known.

# %%
size = 64
table = fer_xai.read_faces("synthetic", subjects=6, per_expression=2, expressions=["happiness"])
faces = fer_xai.prepare_faces(table, crop_size=size)
mouth = np.round(np.asarray(faces.landmarks)[:, 60:68].mean(axis=(0, 1))).astype(int)
network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * size * size, 6))
with torch.no_grad():
    weights = torch.zeros(6, 3, size, size)
    weights[faces.expressions.index("happiness"), :, mouth[1] - 3 : mouth[1] + 3, mouth[0] - 6 : mouth[0] + 6] = 0.1
    network[1].weight.copy_(weights.flatten(1))
    network[1].bias.zero_()

# %% [markdown]
# `intervention` draws each face with subsets of its action units and shares the score out among them. Its map is true by
# construction. Occlusion and saliency are held against it.

# %%
true = fer_xai.explain(network, faces, "intervention", classes=faces.labels)
occlusion = fer_xai.explain(network, faces, "occlusion", classes=faces.labels)
saliency = fer_xai.explain(network, faces, "saliency", classes=faces.labels)
heatmaps = fer_xai.global_heatmaps(true, occlusion, saliency, replicates=50)

# %%
figure, row = plt.subplots(1, 3, figsize=(9, 4), layout="constrained")
for axes, name in zip(row, heatmaps.explainers, strict=True):
    axes.imshow(heatmaps.map_of("happiness", name), cmap="inferno")
    axes.set(title=name, xticks=[], yticks=[])

# %% [markdown]
# How alike is each to the true map?

# %%
table = fer_xai.compare_maps(fer_xai.global_heatmaps(true, replicates=50), heatmaps)
print(table[["second", "ncc", "low", "high", "reason"]].to_string(index=False))

# %% [markdown]
# The same as a test over networks, folds and action units: `'trust=[known_evidence]'`, see
# [Known evidence](../concepts/known-evidence.md). Drawn faces are drawings: what explains a network on them need not
# explain one on photographs.
