"""The networks of the published study."""

#: Their config names, in the order of its tables of results.
PAPER_NETWORKS: tuple[str, ...] = (
    "silnet",
    "weinet",
    "alexnet",
    "songnet",
    "inceptionv3",
    "vgg19",
    "vgg16",
    "resnet50",
    "resnet101v2",
    "xception",
    "mobilenetv3",
    "efficientnetv2",
)
