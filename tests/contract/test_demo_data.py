"""The demo's data and the played account are written down apart, and agree."""

from callcenter.demo_data import CUSTOMERS, TEMPLATES
from simulators import scenarios
from simulators.twilio import templates


def test_the_templates_are_those_that_the_played_account_has_approved():
    loaded = {sid: (text, len(names)) for _name, sid, text, names in TEMPLATES}
    approved = {
        sid: (text, len(samples)) for sid, (text, samples) in templates.APPROVED.items()
    }
    assert loaded == approved


def test_some_of_those_who_ring_are_known_and_some_are_not():
    callers = {scenarios.load(name).caller.number for name in scenarios.names()}
    known = {customer.number for customer in CUSTOMERS}
    assert len(callers & known) >= 5
    assert callers - known
