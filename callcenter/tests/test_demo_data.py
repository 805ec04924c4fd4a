"""The demo's people and data: there after loading, and never taken back from whoever edited them."""

import pytest
from django.conf import settings

from callcenter.demo_data import ASSISTANT_NUMBER, load_demo_data
from callcenter.people import DEMO_TOKEN, load_demo_people
from calls.models import (
    ApiToken,
    Assistant,
    Customer,
    Disposition,
    Line,
    Queue,
    QueueMember,
    User,
)
from calls.services import tokens

pytestmark = pytest.mark.django_db

COLLEAGUES = ["colleague1", "colleague2"]


def load(colleagues=COLLEAGUES, word="of-this-start"):
    new = load_demo_people(colleagues=colleagues, colleague_password=word)
    load_demo_data(colleagues=new)


def priorities(queue):
    members = QueueMember.objects.filter(queue__name=queue)
    return dict(members.values_list("user__username", "priority"))


def test_people_are_rung_before_simulated_colleagues():
    load()
    assert priorities("Support") == {
        "agent": 1,
        "agent2": 1,
        "supervisor": 1,
        "colleague1": 2,
        "colleague2": 2,
    }
    assert priorities("Sales") == {"agent": 1, "agent2": 1}


def test_every_number_leads_to_a_queue():
    load()
    assert dict(Line.objects.values_list("number", "queue__name")) == {
        settings.TWILIO_NUMBER: "Support",
        settings.TWILIO_WHATSAPP_NUMBER: "Sales",
        ASSISTANT_NUMBER: "Support",
    }


def test_an_assistant_answers_one_number_and_is_told_all_it_needs():
    load()
    line = Line.objects.get(number=ASSISTANT_NUMBER)
    assert line.answering_assistant == Assistant.objects.get(name="Robin")
    version = line.assistant.current
    version.full_clean(validate_unique=False, validate_constraints=False)
    assert set(version.queues) == set(Queue.objects.values_list("pk", flat=True))
    assert line.agent_lost == "assistant"


def test_the_rescue_is_offered_on_one_line_and_spoken_on_another():
    load()
    rescued = Line.objects.filter(holding_after__gt=0)
    assert sorted(rescued.values_list("holding_speaks", flat=True)) == [False, True]
    for line in Line.objects.all():
        line.full_clean()


def test_every_queue_can_say_what_became_of_a_call():
    load()
    for queue in Queue.objects.all():
        assert queue.dispositions.count() == Disposition.objects.count() == 4


def test_one_customer_is_not_to_be_called():
    load()
    assert Customer.objects.filter(do_not_call=True).count() == 1


def test_the_integrators_key_opens_the_api_until_it_is_revoked():
    load()
    holder = tokens.owner(secret=DEMO_TOKEN)
    assert holder is not None
    assert holder.has_perm("calls.use_api")
    assert not holder.has_usable_password()
    tokens.revoke(token=ApiToken.objects.get())
    load()
    assert tokens.owner(secret=DEMO_TOKEN) is None


def test_loading_again_changes_nothing_that_a_person_edited():
    load()
    Queue.objects.filter(name="Support").update(ring_seconds=40)
    QueueMember.objects.filter(user__username="supervisor").delete()
    Line.objects.filter(name="Main line").update(greeting="Ahoy.")
    Customer.objects.filter(number="+15550101001").update(name="N. Field")
    Assistant.objects.update(active=False)
    User.objects.filter(username="agent").update(first_name="Adele")
    ada = User.objects.get(username="agent")
    ada.set_password("her-own")
    ada.save()
    load()
    assert Queue.objects.get(name="Support").ring_seconds == 40
    assert "supervisor" not in priorities("Support")
    assert Line.objects.get(name="Main line").greeting == "Ahoy."
    assert Customer.objects.get(number="+15550101001").name == "N. Field"
    assert not Assistant.objects.get().active
    assert Assistant.objects.get().versions.count() == 1
    ada.refresh_from_db()
    assert ada.first_name == "Adele"
    assert ada.check_password("her-own")


def test_a_colleague_more_joins_the_queue_and_all_get_the_new_password():
    load(["colleague1"], word="first")
    load(word="second")
    assert priorities("Support")["colleague2"] == 2
    for name in COLLEAGUES:
        assert User.objects.get(username=name).check_password("second")
