"""Tests of the whole: the real servers, started together."""
