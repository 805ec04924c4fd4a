"""Recordings: WAV files written while the call goes on; who may fetch them is not decided here."""

import io
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from audio import mulaw
from simulators.twilio.mixing import is_quiet, mix
from simulators.twilio.names import now, sid
from simulators.twilio.player import SILENT
from simulators.twilio.webhooks import Callback

# Frames gathered before they are decoded and written together: one second.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a recording was asked for."""

    source: str
    channels: int = 2
    track: str = "both"
    trim: bool = False
    callback: Callback | None = None
    name: str = ""


@dataclass(slots=True, eq=False)
class Recording:
    """A recording and its file; `call_sid` is the leg on which it was started."""

    wanted: Wanted
    call_sid: str
    folder: Path
    conference_sid: str | None = None
    when_done: Callable[["Recording"], None] | None = None
    detach: Callable[["Recording"], None] | None = None
    sid: str = field(default_factory=lambda: sid("RE"))
    status: str = "in-progress"
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    pause_behavior: str = "silence"
    frames: int = 0
    _said: list[bytes] = field(default_factory=list)
    _heard: list[bytes] = field(default_factory=list)
    _file: wave.Wave_write | None = None
    _quiet: int = 0

    @property
    def path(self) -> Path:
        return self.folder / f"{self.sid}.wav"

    @property
    def is_running(self) -> bool:
        return self.status in {"in-progress", "paused"}

    @property
    def duration(self) -> int:
        return round(self.frames * 0.02)

    def tap(self, said: bytes, heard: bytes) -> None:
        """Take one frame of either direction."""
        if self.status == "paused":
            if self.pause_behavior == "skip":
                return
            said = heard = SILENT
        said = SILENT if self.wanted.track == "outbound" else said
        heard = SILENT if self.wanted.track == "inbound" else heard
        quiet = self.wanted.trim and is_quiet(said) and is_quiet(heard)
        if quiet and not self.frames:
            return
        self.frames += 1
        self._said.append(said)
        self._heard.append(heard)
        self._quiet = self._quiet + 1 if quiet else 0
        # Quiet at the end is held back: only a sound after it shows that it stays.
        if len(self._said) >= BATCH and not quiet:
            self._write()

    def leg_over(self) -> None:
        self.finish()

    def finish(self) -> None:
        """Close the file; `completed`, or `absent` when nothing was recorded."""
        if not self.is_running:
            return
        if self.detach is not None:
            self.detach(self)
        self._drop_quiet_end()
        self._write()
        if self._file is not None:
            self._file.close()
            self._file = None
        self.status = "completed" if self.frames else "absent"
        self.updated = now()
        if self.when_done is not None:
            self.when_done(self)

    def pause(self, behavior: str) -> None:
        self.pause_behavior = behavior
        self.status = "paused"
        self.updated = now()

    def resume(self) -> None:
        self.status = "in-progress"
        self.updated = now()

    def _drop_quiet_end(self) -> None:
        if self._quiet:
            del self._said[-self._quiet :], self._heard[-self._quiet :]
            self.frames -= self._quiet
            self._quiet = 0

    def _write(self) -> None:
        if not self._said:
            return
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = wave.open(str(self.path), "wb")  # noqa: SIM115  until finish
            self._file.setnchannels(self.wanted.channels)
            self._file.setsampwidth(2)
            self._file.setframerate(mulaw.RATE)
        self._file.writeframesraw(self._samples())
        self._said.clear()
        self._heard.clear()

    def _samples(self) -> bytes:
        if self.wanted.channels == 1:
            both = zip(self._said, self._heard, strict=True)
            mono = b"".join(mix(pair) for pair in both)
            return mulaw.decode(mono).astype("<i2").tobytes()
        left = mulaw.decode(b"".join(self._said))
        right = mulaw.decode(b"".join(self._heard))
        return np.stack((left, right), axis=1).astype("<i2").tobytes()


def as_mono(path: Path) -> bytes:
    """The file as one channel, for who asks for one."""
    with wave.open(str(path), "rb") as source:
        rate, channels = source.getframerate(), source.getnchannels()
        samples = np.frombuffer(source.readframes(source.getnframes()), dtype="<i2")
    mixed = np.clip(
        samples.reshape(-1, channels).sum(axis=1, dtype=np.int32), -32768, 32767
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(mixed.astype("<i2").tobytes())
    return out.getvalue()
