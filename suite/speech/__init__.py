"""Keyword spotting: a waveform of one second in, a word out."""
