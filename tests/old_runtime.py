"""python old_runtime.py FILE.tflite INPUTS.npy RESULT.npy: runs inputs through tflite-runtime, as an old phone would.

Needs tflite-runtime 2.14 and NumPy 1, in an environment of their own.
"""

import sys

import numpy as np


def run(file: str, inputs: str, result: str) -> None:
    from tflite_runtime.interpreter import Interpreter

    interpreter = Interpreter(file)
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    outputs = []
    for row in np.load(inputs):
        interpreter.set_tensor(taken["index"], row[None].astype(taken["dtype"]))
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(given["index"])[0])
    np.save(result, outputs)


if __name__ == "__main__":
    run(*sys.argv[1:])
