"""The exception for errors that the user can correct."""


class InputError(ValueError):
    """Something that the caller gave is wrong; the message is one line that names it and the remedy."""
