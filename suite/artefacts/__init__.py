"""From a run to a published version: SavedModel, TFLite, every file scored, one atomic publication."""

MODES = ("float32", "float16", "dynamic", "int8", "int8_mcu")  # of TFLite files; tflite.py says what they are
