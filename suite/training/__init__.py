"""Training: fitting with checkpoints, run folders, series of several trainings."""
