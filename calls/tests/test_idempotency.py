"""Many at once with one key: one acts, the others are told so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from calls.models import IdempotentRequest, User
from calls.services import idempotency
from calls.services.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> User:
    return User.objects.create_user("shop", role=User.Role.INTEGRATOR)


def test_of_many_at_once_one_acts(shop):
    def begin(number: int) -> str:
        try:
            idempotency.begin(
                user=shop, path="/start-call", key=f"{number % 10}", body={}
            )
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "acts"

    with ThreadPoolExecutor(8) as pool:
        became = list(pool.map(begin, range(80)))
    assert became.count("acts") == 10
    assert became.count("request_in_progress") == 70


def test_an_answer_is_kept_and_given_again(shop):
    asked = {"user": shop, "path": "/start-call", "key": "a", "body": {"b": 1, "a": 2}}
    claim = idempotency.begin(**asked)
    idempotency.finish(claim=claim, status=200, body={"sid": "CA1"})
    again = idempotency.begin(**{**asked, "body": {"a": 2, "b": 1}})
    assert again == idempotency.Answer(200, {"sid": "CA1"})
    # What was answered is not given up by a late refusal.
    idempotency.give_up(claim=claim)
    assert IdempotentRequest.objects.exists()
