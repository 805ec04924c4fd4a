"""µ-law against the figures of G.711."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio import mulaw


@pytest.mark.parametrize(
    ("code", "sample"),
    [
        (0x80, 32124),
        (0x00, -32124),
        (0x8F, 16764),
        (0x9F, 8316),
        (0xF0, 120),
        (0xFE, 8),
        (0x7E, -8),
        (0xFF, 0),
        (0x7F, 0),
    ],
)
def test_a_code_stands_for_the_sample_that_g711_gives_it(code, sample):
    assert mulaw.decode(bytes([code])).tolist() == [sample]


def test_every_code_survives_decoding_except_the_second_zero():
    codes = bytes(range(256))
    survived = mulaw.encode(mulaw.decode(codes))
    assert [c for c in codes if survived[c] != c] == [0x7F]
    assert survived[0x7F] == 0xFF


def test_two_at_a_time_are_the_samples_one_by_one():
    codes = np.random.default_rng(1).integers(0, 256, (3, 50), dtype=np.uint8)
    found = mulaw.floats(codes)
    assert found.dtype == np.float32
    assert found.ravel().tolist() == mulaw.decode(codes.tobytes()).tolist()


def test_the_extremes_are_clipped_and_not_wrapped():
    assert mulaw.encode(np.array([32767, -32768], np.int16)) == b"\x80\x00"


def test_silence_is_zero():
    assert mulaw.decode(mulaw.SILENCE).tolist() == [0]


@given(st.lists(st.integers(-32124, 32124)))
def test_the_error_is_at_most_a_thirtieth_of_the_sample(samples):
    given_samples = np.array(samples, np.int16)
    back = mulaw.decode(mulaw.encode(given_samples)).astype(int)
    error = np.abs(back - given_samples)
    assert (error <= np.abs(given_samples.astype(int)) / 30 + 5).all()


@given(st.integers(-32767, 32767))
def test_positive_and_negative_mirror_each_other(sample):
    there, back = mulaw.decode(mulaw.encode(np.array([sample, ~sample], np.int16)))
    assert there == -back


def test_a_view_with_strides_is_encoded_in_its_own_order():
    stereo = np.array([[100, -5000], [3000, 7]], np.int16)
    left = mulaw.encode(stereo[:, 0])
    assert left == mulaw.encode(np.array([100, 3000], np.int16))
