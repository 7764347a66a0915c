"""What is not about one task: splits, folders of classes, the cache."""
