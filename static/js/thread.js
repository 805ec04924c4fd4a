// The WhatsApp thread of the customer that is shown.

export class Thread {
  render() {}
}
