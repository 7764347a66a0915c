"""The commands of every task, each written once: train, evaluate, export, describe, bench."""
