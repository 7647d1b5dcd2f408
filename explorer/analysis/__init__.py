"""Questions asked of a model: tensors or an Observation in, a frozen result of NumPy arrays out."""
