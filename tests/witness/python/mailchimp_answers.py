"""Examines each answer of the simulated Marketing API before Mailchimp's own client gets to see it.

The judge is Mailchimp's OpenAPI description of its API. It is read strictly: no member that it does not know, and each
that it knows, unless the client chose fields. Where it and recorded answers disagree, the recorded answers win; each
such place is named below.
"""

import hashlib
import json
import os
import pathlib
import re
import urllib.parse

import mailchimp_marketing
from jsonschema import FormatChecker
from mailchimp_marketing.api_client import ApiClientError
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker

DESCRIPTION = json.loads(pathlib.Path(os.environ["WITNESS_MAILCHIMP_OPENAPI"]).read_text(encoding="utf-8"))

# The client's error has no text of its own; a report without one helps nobody.
ApiClientError.__str__ = lambda self: f"{self.status_code} {self.text}"

FORMATS = FormatChecker(formats=[])
FORMATS.checkers["date-time"] = (
    # A time that is not set is the empty text, whatever the description says.
    lambda value: value == "" or oas30_format_checker.conforms(value, "date-time"),
    (),
)


# What the description lacks and recorded answers have: the faults of single fields in a problem document.
FIELD_FAULTS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["field", "message"],
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
        "additionalProperties": False,
    },
}


def _amended(schema):
    """The schema with the members that the description forgot."""
    properties = schema["properties"]
    if {"type", "title", "status", "detail", "instance"} == set(properties):
        properties = {**properties, "errors": FIELD_FAULTS}
    return {**schema, "properties": properties}


# The members that are there only when there is something to say: groups of interests, notes, and a shop in the
# audience, why somebody left, what a merge field of this type can be told, and the schemas of linked documents.
SOMETIMES = {
    "interests", "last_note", "ecommerce_data", "unsubscribe_reason", "schema", "targetSchema", "errors",
    "choices", "date_format", "default_country", "phone_format", "size",
}  # fmt: skip


def _strict(node, whole):
    """The schema without room for members that it does not know, unless it says that others may come. `whole` asks
    for each member that it knows."""
    if isinstance(node, list):
        return [_strict(item, whole) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {
        key: value if key in ("enum", "example", "default") else _strict(value, whole) for key, value in node.items()
    }
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
        schema = _amended(schema)
        if whole:
            schema["required"] = sorted(set(schema["properties"]) - SOMETIMES)
    return schema


def _matcher(path):
    return re.compile("/3.0" + re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) + "/?")


# The paths with the fewest parameters first: "/lists/{list_id}/tag-search" is no member.
PATHS = [(path, _matcher(path)) for path in sorted(DESCRIPTION["paths"], key=lambda path: path.count("{"))]


def _responses(method, address):
    path = urllib.parse.urlsplit(address).path
    for known, matcher in PATHS:
        if matcher.fullmatch(path) and method.lower() in DESCRIPTION["paths"][known]:
            return known, DESCRIPTION["paths"][known][method.lower()]["responses"]
    raise AssertionError(f"{method} {path} is not in Mailchimp's description")


def examine(method, response):
    """Fails if Mailchimp would not answer so."""
    path, responses = _responses(method, response.request.url)
    what = f"{method} {path} -> {response.status_code}"
    described = responses.get(str(response.status_code), responses["default"])
    if response.ok:
        assert str(response.status_code) in responses, f"{what}: Mailchimp has no such success here"
    if response.status_code == 403 and not response.content:
        return  # Who asks too much may be told so without a word: https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits
    if "content" not in described:
        assert response.content == b"", f"{what} has a body"
        return
    kind = response.headers["content-type"]
    expected = "application/json" if response.ok else "application/problem+json"
    assert kind == f"{expected}; charset=utf-8", f"{what} comes as {kind}"
    answer = response.json()
    chosen = "fields" in urllib.parse.urlsplit(response.request.url).query
    schema = _strict(described["content"]["application/json"]["schema"], whole=not chosen)
    faults = OAS30ReadValidator(schema, format_checker=FORMATS).iter_errors(answer)
    faults = [f"{fault.json_path}: {fault.message}" for fault in faults]
    assert not faults, f"{what} answers what Mailchimp never would: {faults}"
    if not response.ok:
        assert answer["status"] == response.status_code, f"{what}: the body contradicts the status"


def client(app, **credentials):
    """Mailchimp's client, pointed at the simulator."""
    made = mailchimp_marketing.Client()
    made.set_config(credentials or {"api_key": app["api_key"]})
    api = made.api_client
    api.host = f"{app['base_url']}/3.0"
    ask = api.request

    def examined(method, *arguments, **named):
        response = ask(method, *arguments, **named)
        examine(method, response)
        return response

    api.request = examined
    return made


def refusal(call, *arguments, **named):
    """Makes a call that has to be refused; the problem document of the refusal."""
    try:
        answer = call(*arguments, **named)
    except ApiClientError as refused:
        if not isinstance(refused.text, (str, dict)):
            raise refused.text from None
        # The client takes only `application/json` for JSON, and hands on a problem document as it came.
        return json.loads(refused.text) if isinstance(refused.text, str) else refused.text
    raise AssertionError(f"not refused: {answer}")


def short(problem):
    """What a client decides by."""
    return problem["status"], problem["title"]


def subscriber_hash(address):
    """What members are called by in paths."""
    return hashlib.md5(address.lower().encode()).hexdigest()
