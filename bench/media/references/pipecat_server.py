"""The work in a Pipecat pipeline with its Twilio serializer, in an environment of its own (`pipecat.in`).

Its transport knows the caller's track only, so its calls are half of the others'. It turns
µ-law into samples by itself; the voice's level is judged on 100 ms, for its own detector costs
several times as much: `pipecat_server.py PORT TRANSCRIPTION_PORT`.
"""

import json
import sys
from base64 import b64encode
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.frames.frames import Frame, InputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from websockets.asyncio.client import ClientConnection, connect

from audio import mulaw

_BATCH = 2 * mulaw.RATE // 10

logger.remove()
logger.add(sys.stderr, level="WARNING")
app = FastAPI()


class Forward(FrameProcessor):
    """The end of the pipeline: level, and on to the transcription side."""

    def __init__(self, vendor: ClientConnection) -> None:
        super().__init__()
        self._vendor = vendor
        self._sound = bytearray()
        self._floor = 1e6
        self.active = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self._sound += frame.audio
            if len(self._sound) >= _BATCH:
                await self._pass_on(np.frombuffer(bytes(self._sound), np.int16))
                self._sound.clear()
        await self.push_frame(frame, direction)

    async def _pass_on(self, samples: np.ndarray[Any, np.dtype[np.int16]]) -> None:
        level = float((samples.astype(np.float32) ** 2).mean())
        self._floor += (level - self._floor) * (0.1 if level < self._floor else 0.001)
        self.active = level > 5 * self._floor
        audio = b64encode(mulaw.encode(samples)).decode()
        await self._vendor.send(
            f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}'
        )


@app.websocket("/ws/media/")
async def media(twilio: WebSocket) -> None:
    await twilio.accept()
    await twilio.receive_text()  # connected
    start = json.loads(await twilio.receive_text())["start"]
    serializer = TwilioFrameSerializer(
        stream_sid=start["streamSid"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    transport = FastAPIWebsocketTransport(
        websocket=twilio,
        params=FastAPIWebsocketParams(audio_in_enabled=True, serializer=serializer),
    )
    url = f"ws://127.0.0.1:{sys.argv[2]}/v1/realtime"
    async with connect(url, compression=None, proxy=None) as vendor:
        task = PipelineTask(
            Pipeline([transport.input(), Forward(vendor)]),
            params=PipelineParams(audio_in_sample_rate=mulaw.RATE),
        )
        await PipelineRunner(handle_sigint=False).run(task)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
