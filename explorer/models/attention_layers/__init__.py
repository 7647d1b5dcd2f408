"""Seven ways in which a cell of a picture may look at others, behind one interface: B x F x H x W in and out."""
