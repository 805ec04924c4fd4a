// What came in while nobody was there: missed calls, voicemails, callbacks, messages.

export class Inbox {
  render() {}
}
