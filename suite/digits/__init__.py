"""Digits in pictures: a network trained on MNIST that reads a person's own photographs and drawings."""
