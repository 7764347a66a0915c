"""Photographs painted like famous pictures: slowly and exactly (Gatys et al. 2015), or at once by one small network."""
