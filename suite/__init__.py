"""Small convolutional networks, from a folder of examples to a verified edge model."""

__version__ = "0.1.0"
