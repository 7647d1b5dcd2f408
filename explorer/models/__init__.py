"""Models of our own, for what timm and transformers do not have."""
