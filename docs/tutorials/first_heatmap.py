# %% [markdown]
# # A first heatmap
#
# Where does a network look when it names an expression, and is that where experts look? From drawn faces to a scored
# heatmap in a few minutes on a processor. With faces of your own, `fer_xai.read_faces("folder", root="FOLDER")` takes the
# place of drawn ones.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import fer_xai

# %% [markdown]
# Twelve drawn people show the six expressions, twice each. Each face is cut out with its 68 landmarks. Six other people
# are kept for the test.

# %%
learned = fer_xai.prepare_faces(fer_xai.read_faces("synthetic", subjects=12, per_expression=2), crop_size=64)
tested = fer_xai.prepare_faces(fer_xai.read_faces("synthetic", subjects=6, per_expression=1, seed=1), crop_size=64)
print(len(learned), "faces to learn from,", len(tested), "to test by")

# %% [markdown]
# A small network learns. Any network does that takes pictures and gives logits; one that you have trained elsewhere needs
# no training here.


# %%
def pictures(faces):
    images = np.stack([faces.crops[i] for i in range(len(faces))])
    return (torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5


torch.manual_seed(0)
network = torch.nn.Sequential(
    *(torch.nn.Conv2d(3, 24, 5, stride=2, padding=2), torch.nn.BatchNorm2d(24), torch.nn.ReLU()),
    *(torch.nn.Conv2d(24, 48, 3, stride=2, padding=1), torch.nn.BatchNorm2d(48), torch.nn.ReLU()),
    *(torch.nn.Conv2d(48, 96, 3, stride=2, padding=1), torch.nn.BatchNorm2d(96), torch.nn.ReLU()),
    *(torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(96 * 8 * 8, 6)),
)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
images, labels = pictures(learned), torch.from_numpy(learned.labels)
for _ in range(20):
    for rows in torch.randperm(len(images)).split(8):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(images[rows]), labels[rows]).backward()
        optimizer.step()
network.eval()
with torch.no_grad():
    right = network(pictures(tested)).argmax(dim=1) == torch.from_numpy(tested.labels)
print("named rightly, of people that it has not seen:", round(float(right.float().mean()), 2))

# %% [markdown]
# Why does it name what it names? LayerCAM and integrated gradients answer for each image, in pixels of the image. The
# gradients start from the same face at rest, which is known of drawn faces.

# %%
given = {"classes": tested.labels, "mean": [0.5] * 3, "std": [0.5] * 3}
layercam = fer_xai.explain(network, tested, "layercam", **given)
few = {"n_steps": 16, "max_steps": 16, "tolerance": 1.0}  # enough for a look
gradients = fer_xai.explain(network, tested, "integrated_gradients", hide="rest", **few, **given)

# %% [markdown]
# Each map is carried into one canonical face by its landmarks, and the mean over all people is a global heatmap. Bootstrap
# replicates over people come with it.

# %%
heatmaps = fer_xai.global_heatmaps(layercam, gradients, replicates=100)
masks = fer_xai.reference("friesen_ekman")
figure, rows = plt.subplots(3, 6, figsize=(12, 7.6), layout="constrained")
for column, name in enumerate(heatmaps.expressions):
    rows[0, column].imshow(masks.mask(name), cmap="gray")
    rows[1, column].imshow(heatmaps.map_of(name, "layercam"), cmap="inferno")
    rows[2, column].imshow(heatmaps.map_of(name, "integrated_gradients"), cmap="inferno")
    rows[0, column].set_title(name)
for row, label in zip(rows, ("where experts look", "LayerCAM", "integrated gradients"), strict=True):
    row[0].set_ylabel(label)
for axes in rows.flat:
    axes.set(xticks=[], yticks=[])

# %% [markdown]
# A score by itself says little: it stands beside what maps reach that never saw the network, and beside the masks of the
# other expressions.

# %%
scores = fer_xai.score(heatmaps, masks, metrics=["ncc"])
means = scores[scores["expression"].isna()]
print(
    means[["explainer", "value", "low", "high", "centred Gaussian", "landmark density", "other masks"]]
    .round(2)
    .to_string(index=False)
)

# %% [markdown]
# Where the interval of a score reaches the column `other masks`, nothing shows that the network looks where this
# expression shows, rather than where faces have features. `fer-xai train` does all of this over folds, seeds and networks,
# tests it, and writes a report.
