"""python cpp_loader.py SAVED_MODEL OUTPUT RESULT.npy INPUT=ARRAY.npy...: runs arrays through TensorFlow's C API.

TF_LoadSessionFromSavedModel is the loader that TensorFlow Serving has too; the library is the one in the tensorflow
wheel, and Python's tensorflow is never imported. INPUT and OUTPUT are tensors of the graph, such as x:0.
"""

import ctypes
import importlib.util
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path

import numpy as np

FLOAT, STRING = 1, 7  # TF_FLOAT and TF_STRING of tf_datatype.h
STRING_BYTES = 24  # of a TF_TString, in ctstring_internal.h


class Output(ctypes.Structure):  # TF_Output
    _fields_ = [("operation", c_void_p), ("index", c_int)]


def load_library() -> ctypes.CDLL:
    folder = Path(importlib.util.find_spec("tensorflow").origin).parent
    for name in ("libtensorflow_framework", "libtensorflow_cc"):
        api = ctypes.CDLL(str(sorted(folder.glob(f"{name}.*"))[0]), mode=ctypes.RTLD_GLOBAL)
    signatures = {
        "TF_NewStatus": (c_void_p, []),
        "TF_NewGraph": (c_void_p, []),
        "TF_NewSessionOptions": (c_void_p, []),
        "TF_GetCode": (c_int, [c_void_p]),
        "TF_Message": (c_char_p, [c_void_p]),
        "TF_LoadSessionFromSavedModel": (
            c_void_p,
            [c_void_p, c_void_p, c_char_p, POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p],
        ),
        "TF_GraphOperationByName": (c_void_p, [c_void_p, c_char_p]),
        "TF_AllocateTensor": (c_void_p, [c_int, POINTER(c_int64), c_int, c_size_t]),
        "TF_TensorData": (c_void_p, [c_void_p]),
        "TF_NumDims": (c_int, [c_void_p]),
        "TF_Dim": (c_int64, [c_void_p, c_int]),
        "TF_StringInit": (None, [c_void_p]),
        "TF_StringCopy": (None, [c_void_p, c_char_p, c_size_t]),
        "TF_SessionRun": (
            None,
            [c_void_p, c_void_p, *[POINTER(Output), POINTER(c_void_p), c_int] * 2, c_void_p, c_int, c_void_p, c_void_p],
        ),
    }
    for name, (result, arguments) in signatures.items():
        getattr(api, name).restype, getattr(api, name).argtypes = result, arguments
    return api


def run(folder: str, target: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
    api = load_library()
    status, graph = api.TF_NewStatus(), api.TF_NewGraph()

    def check():
        if api.TF_GetCode(status):
            raise SystemExit(api.TF_Message(status).decode())

    tags = (c_char_p * 1)(b"serve")
    options = api.TF_NewSessionOptions()
    session = api.TF_LoadSessionFromSavedModel(options, None, folder.encode(), tags, 1, graph, None, status)
    check()

    def output(name: str) -> Output:
        operation, _, index = name.partition(":")
        return Output(api.TF_GraphOperationByName(graph, operation.encode()), int(index))

    tensors = [strings(api, a) if a.dtype.kind == "U" else numbers(api, a) for a in inputs.values()]
    sources = (Output * len(inputs))(*map(output, inputs))
    result = c_void_p()
    api.TF_SessionRun(
        session, None, sources, (c_void_p * len(inputs))(*tensors), len(inputs),
        byref(output(target)), byref(result), 1, None, 0, None, status,
    )  # fmt: skip
    check()
    shape = [api.TF_Dim(result, axis) for axis in range(api.TF_NumDims(result))]
    data = ctypes.cast(api.TF_TensorData(result), POINTER(ctypes.c_float))
    return np.ctypeslib.as_array(data, shape)


def numbers(api: ctypes.CDLL, array: np.ndarray) -> int:
    """A TF_Tensor of floats."""
    array = np.ascontiguousarray(array, np.float32)
    tensor = api.TF_AllocateTensor(FLOAT, (c_int64 * array.ndim)(*array.shape), array.ndim, array.nbytes)
    ctypes.memmove(api.TF_TensorData(tensor), array.ctypes.data, array.nbytes)
    return tensor


def strings(api: ctypes.CDLL, array: np.ndarray) -> int:
    """A TF_Tensor of strings, UTF-8."""
    tensor = api.TF_AllocateTensor(STRING, (c_int64 * 1)(len(array)), 1, len(array) * STRING_BYTES)
    for number, text in enumerate(array):
        place, content = api.TF_TensorData(tensor) + number * STRING_BYTES, str(text).encode()
        api.TF_StringInit(place)
        api.TF_StringCopy(place, content, len(content))
    return tensor


if __name__ == "__main__":
    folder, target, result, *given = sys.argv[1:]
    arrays = {source: np.load(file) for source, _, file in (one.partition("=") for one in given)}
    np.save(result, run(folder, target, arrays))
    assert "tensorflow" not in sys.modules
