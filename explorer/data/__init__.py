"""Data sets, the batches made of them, and the changes made to pictures before a model sees them."""
