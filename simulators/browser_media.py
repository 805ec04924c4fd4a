"""The sound between a browser and a leg: WebRTC on loopback alone, µ-law all the way."""

import asyncio
import fractions
import logging
from collections import deque
from typing import Any, Final

import aioice.ice
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from av.packet import Packet

from audio import mulaw
from simulators.parties import FRAME, SILENT

log = logging.getLogger(__name__)

CUSHION: Final = 2  # frames waiting before a silence of the network is over
MOST: Final = 10  # frames waiting; older ones are dropped, or the delay would stay
_SAMPLE: Final = fractions.Fraction(1, mulaw.RATE)


def stay_on_loopback() -> None:
    """Let ICE gather loopback and nothing else, for every peer of this process.

    The library itself leaves loopback out and would open a port on every other
    address. A browser gathers its own addresses as always; it reaches ours from any
    of them, and we learn its address from its first packet.
    """
    aioice.ice.get_host_addresses = _loopback


def _loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001  as theirs
    return ["127.0.0.1"] * use_ipv4 + ["::1"] * use_ipv6


class BadSoundError(Exception):
    """A description of sound that nothing can be connected to."""


# How the library fails on a damaged description, as damaging one in many places shows.
_DAMAGED: Final = (
    ValueError,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)


class _Outgoing(MediaStreamTrack):
    """What the browser will hear, handed over as finished µ-law packets."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._at = 0

    def put(self, frame: bytes) -> None:
        if self.frames.qsize() >= MOST:
            self.frames.get_nowait()
        self.frames.put_nowait(frame)

    async def recv(self) -> "Packet[Any]":
        packet: Packet[Any] = Packet(await self.frames.get())
        packet.pts = self._at
        packet.time_base = _SAMPLE
        self._at += FRAME
        return packet


class _Incoming:
    """What came from the browser and waits for its tick."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._frames: deque[bytes] = deque(maxlen=MOST)
        self._flows = False

    def put(self, sound: bytes) -> None:
        self._bytes += sound
        while len(self._bytes) >= FRAME:
            self._frames.append(bytes(self._bytes[:FRAME]))
            del self._bytes[:FRAME]

    def next(self) -> bytes:
        if not self._frames:
            self._flows = False
        elif len(self._frames) >= CUSHION:
            self._flows = True
        return self._frames.popleft() if self._flows else SILENT


class BrowserMedia:
    """One browser's sound. `lost` is set when the connection has broken for good."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self._incoming = _Incoming()
        self._outgoing = _Outgoing()
        self._peer: RTCPeerConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    def speak(self) -> bytes:
        """The next 160 µ-law bytes from the browser."""
        return self._incoming.next()

    def hear(self, frame: bytes) -> None:
        """160 µ-law bytes for the browser."""
        self._outgoing.put(frame)

    async def answer(self, offer: str) -> str:
        """Connect to the browser that made this offer, also in place of before.

        Raises BadSoundError for what is not an offer of telephone sound.
        """
        peer = await self._new_peer()
        await _describe(peer, offer, "offer")
        if not any(t.kind == "audio" for t in peer.getTransceivers()):
            raise BadSoundError("no audio is offered")
        try:
            await peer.setLocalDescription(await peer.createAnswer())
        except _DAMAGED as error:
            raise BadSoundError("no telephone sound is offered") from error
        return str(peer.localDescription.sdp)

    async def offer(self) -> str:
        """An offer for a browser that is about to ring."""
        peer = await self._new_peer()
        await peer.setLocalDescription(await peer.createOffer())
        return str(peer.localDescription.sdp)

    async def answered(self, answer: str) -> None:
        """The browser took our offer; BadSoundError for what is not an answer."""
        if self._peer is None:
            raise BadSoundError("nothing was offered")
        await _describe(self._peer, answer, "answer")

    async def close(self) -> None:
        """Drop the connection; more than once changes nothing."""
        peer, self._peer = self._peer, None
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None
        if peer is not None:
            peer.remove_all_listeners()
            await peer.close()

    async def _new_peer(self) -> RTCPeerConnection:
        await self.close()
        self._outgoing = _Outgoing()
        peer = self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTrack(self._outgoing)
        # Before any description: a preference that comes later is not looked at.
        self._prefer_mulaw(peer)
        peer.on("track", self._read_from)
        peer.on("connectionstatechange", lambda: self._changed(peer))
        return peer

    def _prefer_mulaw(self, peer: RTCPeerConnection) -> None:
        """Every browser speaks µ-law; so nothing is resampled or coded twice."""
        known = RTCRtpSender.getCapabilities("audio").codecs
        mulaw_only = [codec for codec in known if codec.mimeType == "audio/PCMU"]
        for transceiver in peer.getTransceivers():
            transceiver.setCodecPreferences(mulaw_only)

    def _changed(self, peer: RTCPeerConnection) -> None:
        if peer is self._peer and peer.connectionState in {"failed", "closed"}:
            self.lost.set()

    def _read_from(self, track: MediaStreamTrack) -> None:
        self._reading = asyncio.ensure_future(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                samples = frame.to_ndarray().reshape(-1).astype(np.int16)
                self._incoming.put(mulaw.encode(samples))


async def _describe(peer: RTCPeerConnection, sdp: str, kind: str) -> None:
    """Without addresses beyond loopback, whose names we would have to look up."""
    kept = [line for line in sdp.splitlines() if _is_loopback(line)]
    description = "\r\n".join([*kept, ""])
    try:
        await peer.setRemoteDescription(RTCSessionDescription(description, kind))
    except _DAMAGED as error:
        raise BadSoundError("the description of the sound is damaged") from error


def _is_loopback(line: str) -> bool:
    if line.startswith("a=candidate:"):
        return line.split()[4:5] in (["127.0.0.1"], ["::1"])
    return not line.startswith("a=end-of-candidates")  # others may come by themselves
