"""The one exception for what a person can put right."""


class InputError(ValueError):
    """Something that the caller gave is wrong; the message is one line that names it and the remedy."""
