"""What a trained network has learned: inputs that excite its filters, neurons and outputs, and reasons for its answers.

As in lucid (Olah, Mordvintsev and Schubert 2017, "Feature Visualization", Distill), what is optimised is put together
from small parts: an objective (`objectives`) of a canvas (`canvases`: the input as something to be optimised), seen
through random transforms (`transforms`), less the priors (`priors`), in one loop (`optimisation`). Each task gives its
canvas through its record.

    load            the Keras model behind an artefact, with its layers
    units           the commands filters, neurons, outputs; `sentences` has their form for words
    change          the smallest change of an input to another label
    explain         what an answer rests on; `attribution` computes it
    dream           Deep Dream
"""
