"""simple-salesforce gets in, and is kept out: sessions, client credentials, the daily quota."""

import pytest
import requests
import sandbox
from salesforce_org import TIMEOUT_SECONDS, refusal, with_client_credentials, with_token
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceRefusedRequest,
)


@pytest.fixture
def salesforce(apps):
    return apps["salesforce"]


def token(salesforce, **form):
    url = f"{salesforce['login_url']}/services/oauth2/token"
    return requests.post(url, data=form, timeout=TIMEOUT_SECONDS)


def test_a_wrong_session_is_refused(salesforce):
    with pytest.raises(SalesforceExpiredSession) as refused:
        with_token(salesforce, "00D000000000000!wrong").limits()
    assert [fault["errorCode"] for fault in refused.value.content] == ["INVALID_SESSION_ID"]


def test_the_app_gets_in_by_itself(salesforce):
    org = with_client_credentials(salesforce)
    assert org.query("SELECT COUNT() FROM Contact")["totalSize"] > 0


def test_a_wrong_secret_is_refused(salesforce):
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        with_client_credentials(salesforce, "wrong")
    assert refused.value.code in ("invalid_client", "invalid_client_id")


def test_an_expired_session_is_renewed_by_the_client_on_the_way():
    with sandbox.with_faults("expired-token@reads") as apps:
        org = with_client_credentials(apps["salesforce"])
        assert org.query("SELECT COUNT() FROM Contact")["totalSize"] > 0


def test_a_token_says_where_the_org_is_and_not_how_long_it_lives(salesforce):
    answer = token(
        salesforce,
        grant_type="refresh_token",
        refresh_token=salesforce["refresh_token"],
        client_id=salesforce["client_id"],
        client_secret=salesforce["client_secret"],
    )
    assert answer.status_code == 200
    body = answer.json()
    assert {"access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"} <= set(body)
    assert "expires_in" not in body and body["token_type"] == "Bearer"
    assert isinstance(body["issued_at"], str) and len(body["issued_at"]) == 13
    assert with_token(salesforce, body["access_token"]).limits()


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, "invalid_grant"),
        (
            {"grant_type": "authorization_code", "code": "wrong", "redirect_uri": "http://127.0.0.1:9/cb"},
            "invalid_grant",
        ),
        ({"grant_type": "wishes"}, "unsupported_grant_type"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["grant_type"],
)
def test_a_wrong_grant_is_refused(salesforce, form, error):
    client = {"client_id": salesforce["client_id"], "client_secret": salesforce["client_secret"]}
    answer = token(salesforce, **client, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_used_up_quota_is_a_403_with_a_code():
    with sandbox.with_faults("429") as apps:
        org = with_token(apps["salesforce"])
        with pytest.raises(SalesforceRefusedRequest):
            org.limits()
        assert org.limits()["DailyApiRequests"]
    with sandbox.with_faults("429") as apps:
        assert refusal(with_token(apps["salesforce"]).limits) == (403, {"REQUEST_LIMIT_EXCEEDED": []})
