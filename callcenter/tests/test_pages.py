"""What every page has."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["de", "es", "en-GB", ""])
def test_a_page_is_in_one_language(client, wanted):
    page = client.get("/login/", headers={"accept-language": wanted})
    assert page.headers["Content-Language"] == "en"
    assert "Password" in page.content.decode()
