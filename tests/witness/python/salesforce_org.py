"""simple-salesforce, pointed at the simulated org.

The library speaks https alone, and looks for its tokens under salesforce.com. A transport adapter of `requests`, the
library that it talks through, takes both to the simulator, and looks at each answer on its way back.
"""

import re
import urllib.parse

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError

VERSION = "62.0"
LOGIN_HOST = "sim"
TIMEOUT_SECONDS = 30

# https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
USAGE = re.compile(r"api-usage=\d+/\d+(;.*)?")


# Answers have ids of 18 characters and times in UTC with milliseconds, whatever was sent:
# https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/intro_valid_date_formats.htm
ID = re.compile(r"[0-9A-Za-z]{18}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}\+0000)?")
# Names that the client has chosen itself.
CHOSEN = {"referenceId", "graphId"}


def _members(node):
    """Each member of an answer, at every depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _members(value)
    elif isinstance(node, list):
        for item in node:
            yield from _members(item)


class ToTheSandbox(HTTPAdapter):
    """Sends to the simulator what was meant for somebody else."""

    def __init__(self, base_url):
        super().__init__()
        self.place = urllib.parse.urlsplit(base_url)

    def send(self, request, **others):
        asked = urllib.parse.urlsplit(request.url)
        request.url = urllib.parse.urlunsplit((self.place.scheme, self.place.netloc, *asked[2:]))
        response = super().send(request, **others)
        examine(asked.path, response)
        return response


def examine(path, response):
    """What every answer of the data API has. There is no published schema to judge the rest by."""
    if not path.startswith("/services/data/v"):
        return
    what = f"{response.request.method} {path} -> {response.status_code}"
    if response.status_code in (414, 431):
        return  # Refused by the front end, before the API is reached.
    if response.status_code != 401:
        assert USAGE.fullmatch(response.headers.get("Sforce-Limit-Info", "")), f"{what} does not tell the API usage"
    if response.status_code == 204:
        assert response.content == b"", f"{what} has a body"
    if response.headers.get("Content-Type", "").startswith("application/json"):
        for key, value in _members(response.json()):
            if isinstance(value, str) and key.lower().endswith("id") and key not in CHOSEN:
                assert ID.fullmatch(value), f"{what}: {key} is no long id"
            if isinstance(value, str) and key.endswith(
                ("Date", "SystemModstamp", "systemModstamp", "latestDateCovered")
            ):
                assert MOMENT.fullmatch(value), f"{what}: {key} is no moment"
    if response.status_code >= 400:
        faults = response.json()
        assert isinstance(faults, list) and faults, f"{what}: refusals come as a list"
        for fault in faults:
            assert fault["errorCode"] and isinstance(fault["message"], str), what
            assert isinstance(fault.get("fields", []), list), what


def _session(app):
    session = requests.Session()
    place = urllib.parse.urlsplit(app["instance_url"]).netloc
    session.mount(f"https://{place}", ToTheSandbox(app["instance_url"]))
    session.mount(f"https://{LOGIN_HOST}.salesforce.com", ToTheSandbox(app["login_url"]))
    return session


def with_token(app, token=None):
    """In with an access token."""
    place = urllib.parse.urlsplit(app["instance_url"]).netloc
    return Salesforce(
        session_id=token or app["access_token"],
        instance_url=f"https://{place}",
        session=_session(app),
        version=VERSION,
    )


def with_client_credentials(app, secret=None):
    """In as the app itself, without a user."""
    return Salesforce(
        consumer_key=app["client_id"],
        consumer_secret=secret or app["client_secret"],
        domain=LOGIN_HOST,
        session=_session(app),
        version=VERSION,
    )


def refusal(call, *arguments, **named):
    """Makes a call that has to be refused: the status, and the codes with the fields that they are about."""
    try:
        answer = call(*arguments, **named)
    except SalesforceError as refused:
        codes = {fault["errorCode"]: fault.get("fields", []) for fault in refused.content}
        return refused.status, codes
    raise AssertionError(f"not refused: {answer}")


def collection(org, method, records=None, path="composite/sobjects", **others):
    """sObject collections, for which the library has no call of its own."""
    body = {"allOrNone": False, "records": records, **others}
    return org.restful(path, method=method, json={key: value for key, value in body.items() if value is not None})


def contact(last_name, **fields):
    """A contact for a collection."""
    return {"attributes": {"type": "Contact"}, "LastName": last_name, **fields}
