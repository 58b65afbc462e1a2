"""Networks: the small ones of the study, timm backbones, and the LightningModule around each."""
