"""How alike: functional forms over NumPy arrays and tensors, and torchmetrics classes around them."""
