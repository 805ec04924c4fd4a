"""What rooms above may listen to; sent inside the transaction that made it true."""

from django.dispatch import Signal

# sender=Call, call=Call: its status is final now.
call_ended = Signal()
# sender=Recording, recording=Recording: Twilio has it ready (or says that there is none).
recording_settled = Signal()
# sender=Call, call=Call: its agent has finished what was to do after it.
wrap_up_ended = Signal()
