"""Data of any task: downloads, the cache, folders of classes, splits, batches, pictures."""
