"""Pretrained networks that turn an image into features, for style transfer and interpretation."""
