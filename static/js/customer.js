// Who the caller is: name, notes, consent and everything that happened before.

export class Customer {
  render() {}
}
