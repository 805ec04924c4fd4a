"""What the voice may do, and what becomes of everything else that a model asks for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.tools import (
    LONGEST_ARGUMENTS,
    LONGEST_TEXT,
    LONGEST_VARIABLE,
    NAMES,
    EndCall,
    LookUpCustomer,
    Offer,
    Queue,
    Rejected,
    SendWhatsApp,
    SetCallback,
    Template,
    TransferToQueue,
    definitions,
    parse,
)

SALES = Queue(1, "Sales")
SUPPORT = Queue(2, "Support")
VISIT = Template(7, "visit_reminder", ("name", "day"))
HOURS = Template(8, "opening_hours")
EVERYTHING = Offer(NAMES, (SALES, SUPPORT), (VISIT, HOURS))


def asked(name: str, offer: Offer = EVERYTHING, **arguments: Any) -> object:
    return parse(name, json.dumps(arguments), offer)


def reason(outcome: object) -> str:
    assert isinstance(outcome, Rejected)
    return outcome.reason


# Offering


def test_only_what_is_allowed_is_offered() -> None:
    offer = Offer(("end_call", "look_up_customer"))
    assert [tool.name for tool in definitions(offer)] == [
        "look_up_customer",
        "end_call",
    ]


def test_a_tool_without_anything_to_choose_from_is_not_offered() -> None:
    assert definitions(Offer(("transfer_to_queue", "send_whatsapp"))) == []
    assert reason(asked("transfer_to_queue", Offer(NAMES), queue="Sales")) == (
        "not_offered"
    )


def test_what_is_offered_does_not_depend_on_the_order_in_which_it_is_allowed() -> None:
    turned = Offer(NAMES[::-1], EVERYTHING.queues, EVERYTHING.templates)
    assert definitions(turned) == definitions(EVERYTHING)


def test_every_schema_is_strict() -> None:
    def check(schema: dict[str, Any]) -> None:
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) == set(schema["properties"])
        for each in schema["properties"].values():
            if each["type"] == "array":
                check(each["items"])

    for tool in definitions(EVERYTHING):
        check(dict(tool.parameters))


def test_queues_and_templates_are_chosen_from_a_list() -> None:
    tools = {
        tool.name: tool.parameters["properties"] for tool in definitions(EVERYTHING)
    }
    assert tools["transfer_to_queue"]["queue"]["enum"] == ["Sales", "Support"]
    whatsapp = tools["send_whatsapp"]
    assert whatsapp["template"]["enum"] == ["visit_reminder", "opening_hours"]
    names = whatsapp["variables"]["items"]["properties"]["name"]["enum"]
    assert names == ["day", "name"]


def test_templates_without_variables_take_none() -> None:
    offer = Offer(("send_whatsapp",), templates=(HOURS,))
    (tool,) = definitions(offer)
    assert list(tool.parameters["properties"]) == ["template"]
    assert asked("send_whatsapp", offer, template="opening_hours") == SendWhatsApp(
        HOURS, {}
    )


# Reading


def test_what_is_asked_for_is_read() -> None:
    assert asked("look_up_customer") == LookUpCustomer()
    assert asked("set_callback", when="at five", about="a refund") == SetCallback(
        "at five", "a refund"
    )
    assert asked("set_callback", when=None, about="a refund") == SetCallback(
        "", "a refund"
    )
    assert asked("transfer_to_queue", queue="Sales", reason="a quote") == (
        TransferToQueue(SALES, "a quote")
    )
    assert asked("end_call") == EndCall()


def test_a_message_has_a_template_and_its_variables() -> None:
    variables = [{"name": "name", "value": "Cleo"}, {"name": "day", "value": "Friday"}]
    assert asked(
        "send_whatsapp", template="visit_reminder", variables=variables
    ) == SendWhatsApp(VISIT, {"name": "Cleo", "day": "Friday"})


@pytest.mark.parametrize("name", NAMES)
def test_a_tool_that_is_not_allowed_is_not_carried_out(name: str) -> None:
    others = tuple(other for other in NAMES if other != name)
    offer = Offer(others, (SALES,), (HOURS,))
    assert reason(parse(name, "{}", offer)) == "not_offered"


@pytest.mark.parametrize("name", ["refund", "End_Call", "end_call ", "", "calls.end"])
def test_a_tool_that_does_not_exist_is_not_carried_out(name: str) -> None:
    offer = Offer((*NAMES, name), (SALES,), (HOURS,))
    assert reason(parse(name, "{}", offer)) == "not_offered"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("look_up_customer", {"number": "+15550100001"}),
        ("look_up_customer", {"customer": 2}),
        ("end_call", {"sid": "CA1"}),
        ("set_callback", {"when": None, "about": "x", "number": "+15550100001"}),
        ("set_callback", {"about": "x"}),
        ("transfer_to_queue", {"queue": "Sales", "reason": "x", "number": "+1900"}),
        ("send_whatsapp", {"template": "opening_hours", "variables": [], "to": "+1"}),
        ("send_whatsapp", {"template": "opening_hours"}),
        ("send_whatsapp", {"template": "opening_hours", "variables": {"a": "b"}}),
        ("send_whatsapp", {"template": "opening_hours", "variables": ["a"]}),
        ("set_callback", {"when": 5, "about": "x"}),
        ("set_callback", {"when": None, "about": ""}),
        ("set_callback", {"when": None, "about": "\u200b\x00"}),
        ("set_callback", {"when": None, "about": ["x"]}),
        ("set_callback", {"when": None, "about": "x" * (LONGEST_TEXT + 1)}),
    ],
)
def test_arguments_that_were_not_asked_for_are_malformed(
    name: str, arguments: dict[str, Any]
) -> None:
    assert reason(asked(name, **arguments)) == "malformed"


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "null",
        "[]",
        '"x"',
        "{",
        '{"when":null,"about":"x","about":"y"}',
        '{"when":null,"about":NaN}',
        "[" * LONGEST_ARGUMENTS,
        '{"when":null,"about":"x"}' + " " * LONGEST_ARGUMENTS,
    ],
)
def test_what_is_no_json_object_is_malformed(arguments: str) -> None:
    assert reason(parse("set_callback", arguments, EVERYTHING)) == "malformed"


@pytest.mark.parametrize(
    "queue", ["Premium", "sales", "+1900555", "", None, 1, ["Sales"]]
)
def test_a_call_is_given_to_no_other_queue(queue: object) -> None:
    outcome = asked("transfer_to_queue", queue=queue, reason="x")
    assert reason(outcome) == "not_allowed"


@pytest.mark.parametrize(
    ("template", "variables"),
    [
        ("refund_granted", []),
        ("opening_hours", [{"name": "day", "value": "Friday"}]),
        ("visit_reminder", [{"name": "to", "value": "Friday"}]),
        (
            "visit_reminder",
            [{"name": "day", "value": "a"}, {"name": "day", "value": "b"}],
        ),
        ("visit_reminder", [{"name": "day", "value": "https://evil.example/x"}]),
        ("visit_reminder", [{"name": "day", "value": "evil.com/pay"}]),
        ("visit_reminder", [{"name": "day", "value": "go to WWW.evil"}]),
    ],
)
def test_a_message_says_nothing_that_was_not_foreseen(
    template: str, variables: list[dict[str, str]]
) -> None:
    outcome = asked("send_whatsapp", template=template, variables=variables)
    assert reason(outcome) == "not_allowed"


def test_a_long_variable_is_refused() -> None:
    variables = [{"name": "day", "value": "x" * (LONGEST_VARIABLE + 1)}]
    outcome = asked("send_whatsapp", template="visit_reminder", variables=variables)
    assert reason(outcome) == "malformed"


def test_texts_are_of_one_line_and_hide_nothing() -> None:
    outcome = asked("set_callback", when=None, about=" a\n\n  re\u200bfund\x00 \ud800")
    assert outcome == SetCallback("", "a refund")


@given(st.text(), st.text())
def test_no_words_of_a_model_raise(name: str, arguments: str) -> None:
    assert isinstance(parse(name, arguments, EVERYTHING), Rejected)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["queue", "reason", "template", "variables", "name", "value"]
            )
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(NAMES), json_values)
def test_whatever_is_asked_for_stays_within_what_is_allowed(
    name: str, value: object
) -> None:
    match parse(name, json.dumps(value), EVERYTHING):
        case TransferToQueue(queue):
            assert queue in EVERYTHING.queues
        case SendWhatsApp(template, variables):
            assert template in EVERYTHING.templates
            assert variables.keys() <= set(template.variables)
