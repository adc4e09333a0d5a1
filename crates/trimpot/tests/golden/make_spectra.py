"""Golden log-mel spectra, computed by librosa in double precision.

usage: python make_spectra.py > spectra.txt        (needs: librosa; made with 0.11)

A line for each case: sample rate, samples of a frame and of the window, "hann" or "hamming", lowest and highest
frequency, "htk" or "slaney", "height" or "area", "plus" or "max" and the floor, bands, and the logarithms of two frames
that are 160 samples apart.
"""
import librosa
import numpy as np

HOP = 160


def signal(length):
    """16-bit samples: noise of a linear congruential generator that fades out, and a square wave."""
    state, samples = 12345, []
    for t in range(length):
        state = (state * 1664525 + 1013904223) % 2**32
        noise = (state >> 16) - 32768 >> 2 + t // 200
        samples.append(noise + (6000 if t // 11 % 2 else -6000))
    return np.array(samples) / 32768


def emit(rate, frame, length, window, low, high, scale, norm, rule, floor, bands):
    spectrum = librosa.stft(signal(frame + HOP), n_fft=frame, hop_length=HOP, win_length=length, window=window, center=False)
    slaney = "slaney" if norm == "area" else None
    filters = librosa.filters.mel(
        sr=rate, n_fft=frame, n_mels=bands, fmin=low, fmax=high, htk=scale == "htk", norm=slaney, dtype=np.float64)
    sums = filters @ np.abs(spectrum) ** 2
    logs = np.log(sums + floor if rule == "plus" else np.maximum(sums, floor))
    assert logs.shape == (bands, 2) and logs.dtype == np.float64
    settings = rate, frame, length, window, low, high, scale, norm, rule, floor, bands
    print(*settings, *(f"{number:.7f}" for number in logs.T.ravel()))


emit(16000, 512, 400, "hann", 0, 8000, "htk", "height", "plus", 1e-6, 40)
emit(16000, 512, 512, "hamming", 20, 4000, "slaney", "area", "max", 1e-4, 20)
emit(22050, 1024, 1024, "hann", 0, 11025, "slaney", "area", "plus", 1e-6, 64)
emit(8000, 256, 200, "hann", 60, 3800, "htk", "height", "plus", 1e-6, 26)
