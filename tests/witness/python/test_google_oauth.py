"""Google's own OAuth libraries (google-auth, google-auth-oauthlib) get in, and are kept out."""

import urllib.parse

import pytest
import requests
import sandbox
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google_answers import service
from google_auth_oauthlib.flow import Flow

SCOPE = "https://www.googleapis.com/auth/contacts"
REDIRECT = "http://127.0.0.1:8765"
TIMEOUT_SECONDS = 30


@pytest.fixture
def google(apps):
    return apps["google_contacts"]


def credentials(google, token=None, **others):
    known = {key: google[key] for key in ("refresh_token", "client_id", "client_secret")}
    return Credentials(token, token_uri=google["token_url"], **{**known, **others})


def reads(google, access):
    listing = service(google, access).people().connections()
    return listing.list(resourceName="people/me", personFields="names", pageSize=1).execute()["connections"]


def test_a_refresh_token_gives_an_access_token_and_stays_the_same(google):
    access = credentials(google)
    access.refresh(Request())
    assert access.valid and access.expiry is not None
    assert access.refresh_token == google["refresh_token"]
    assert reads(google, access)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [("refresh_token", "invalid_grant"), ("client_id", "invalid_client"), ("client_secret", "invalid_client")],
)
def test_a_wrong_credential_is_refused_for_good(google, wrong, error):
    with pytest.raises(RefreshError) as refused:
        credentials(google, **{wrong: "wrong"}).refresh(Request())
    assert error in str(refused.value)
    assert not refused.value.retryable


def test_a_wrong_access_token_is_refused(google):
    # The client answers a 401, and nothing else, by trying to refresh; these credentials cannot.
    with pytest.raises(RefreshError):
        reads(google, Credentials(token="wrong"))


def test_an_expired_access_token_is_renewed_by_the_client_on_the_way():
    with sandbox.with_faults("expired-token@reads") as apps:
        google = apps["google_contacts"]
        access = credentials(google, google["access_token"])
        assert reads(google, access)
        assert access.token != google["access_token"]


def consent(google, **others):
    """A person says yes in the browser; what comes back is the address that the browser is sent to."""
    config = {"client_id": google["client_id"], "client_secret": google["client_secret"]}
    uris = {"auth_uri": google["authorize_url"], "token_uri": google["token_url"]}
    flow = Flow.from_client_config(
        {"installed": {**config, **uris}}, scopes=[SCOPE], redirect_uri=REDIRECT, autogenerate_code_verifier=True
    )
    address, state = flow.authorization_url(access_type="offline", prompt="consent", **others)
    answer = requests.get(address, allow_redirects=False, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 302
    back = answer.headers["Location"]
    assert back.startswith(REDIRECT)
    assert dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))["state"] == state
    return flow, back


@pytest.fixture
def plain_http(monkeypatch):
    """The library insists on https; the simulator is on this machine."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.mark.usefixtures("plain_http")
def test_a_code_with_its_verifier_gives_both_tokens_once(google):
    flow, back = consent(google)
    flow.fetch_token(authorization_response=back)
    assert flow.credentials.refresh_token and reads(google, flow.credentials)
    with pytest.raises(Exception, match="invalid_grant"):
        flow.fetch_token(authorization_response=back)


@pytest.mark.usefixtures("plain_http")
def test_a_code_without_its_verifier_is_refused(google):
    flow, back = consent(google)
    flow.code_verifier = "a-verifier-that-somebody-else-made-up-0123456789"
    with pytest.raises(Exception, match="invalid_grant"):
        flow.fetch_token(authorization_response=back)


def test_a_revoked_refresh_token_opens_nothing():
    with sandbox.with_faults("lag=0") as apps:
        google = apps["google_contacts"]
        access = credentials(google)
        access.refresh(Request())
        revoked = requests.post(google["revoke_url"], data={"token": google["refresh_token"]}, timeout=TIMEOUT_SECONDS)
        assert revoked.status_code == 200
        with pytest.raises(RefreshError, match="invalid_grant"):
            credentials(google).refresh(Request())
        with pytest.raises(RefreshError):
            reads(google, Credentials(token=access.token))
