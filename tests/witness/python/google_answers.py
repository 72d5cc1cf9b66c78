"""Examines each answer of the simulated People API before Google's own client gets to see it.

The judge is Google's discovery document, the copy that comes with google-api-python-client. Two things are asked
beyond it: no member that the document does not know, and no member with its default value, because the real API
speaks proto3 JSON, which leaves those out.
"""

import json

from google.api_core.client_options import ClientOptions
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT = json.loads(get_static_doc("people", "v1"))

# How the formats of the discovery document are called in JSON Schema. The others have no counterpart there.
FORMATS = {"google-datetime": "date-time"}


def _as_json_schema(node):
    """A schema of the discovery document as one of JSON Schema, closed to members it does not know."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {}
    for key, value in node.items():
        if key == "$ref":
            schema[key] = f"#/$defs/{value}"
        elif key == "properties":
            schema[key] = {name: _as_json_schema(member) for name, member in value.items()}
        elif key == "format" and value in FORMATS:
            schema[key] = FORMATS[value]
        elif key in ("type", "enum", "items", "additionalProperties", "pattern") and value != "any":
            schema[key] = _as_json_schema(value)
    if "properties" in schema:
        schema["additionalProperties"] = False
    return schema


DEFINITIONS = {name: _as_json_schema(schema) for name, schema in DOCUMENT["schemas"].items()}

# `google.rpc.Status` is in the document, the envelope that errors come in is not:
# https://cloud.google.com/apis/design/errors#http_mapping
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "status"],
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string", "minLength": 1},
                "status": {"type": "string", "pattern": "^[A-Z_]+$"},
                "details": {"type": "array", "items": {"type": "object", "required": ["@type"]}},
                "errors": {"type": "array"},
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}


def _methods(resources):
    for resource in resources.values():
        yield from resource.get("methods", {}).values()
        yield from _methods(resource.get("resources", {}))


ANSWERS = {method["id"]: method["response"]["$ref"] for method in _methods(DOCUMENT["resources"])}


def _complain(method, schema, answer):
    validator = Draft202012Validator({**schema, "$defs": DEFINITIONS}, format_checker=FormatChecker())
    faults = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(answer)]
    assert not faults, f"{method} answers what Google never would: {faults}"


def _defaults(node, path="$"):
    """The places of the members with a default value."""
    if isinstance(node, dict):
        for key, value in node.items():
            if value in ("", [], None) or value is False or (value == 0 and not isinstance(value, bool)):
                yield f"{path}.{key}"
            yield from _defaults(value, f"{path}.{key}")
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from _defaults(value, f"{path}[{at}]")


def examine(method, status, headers, content):
    """Fails if Google would not answer so."""
    kind = headers.get("content-type", "")
    assert kind == "application/json; charset=UTF-8", f"{method} answers {status} as {kind}"
    answer = json.loads(content)
    if status == 200:
        _complain(method, {"$ref": f"#/$defs/{ANSWERS[method]}"}, answer)
        assert not list(_defaults(answer)), f"{method} writes defaults out: {list(_defaults(answer))}"
    else:
        _complain(method, ERROR, answer)
        assert answer["error"]["code"] == status, f"{method}: the body contradicts the status {status}"


class ExaminedRequest(HttpRequest):
    """The client's own request. Its answer is examined before the client decodes it, a refusal before it is raised."""

    def __init__(self, http, postproc, uri, **others):
        method = others["methodId"]

        def examined(response, content):
            examine(method, response.status, response, content)
            return postproc(response, content)

        super().__init__(http, examined, uri, **others)
        # The client's waits between its retries are left out: the simulator does not recover by waiting.
        self._sleep = lambda _seconds: None

    def execute(self, http=None, num_retries=0):
        try:
            return super().execute(http=http, num_retries=num_retries)
        except HttpError as refusal:
            examine(self.methodId, refusal.resp.status, refusal.resp, refusal.content)
            raise


def service(app, credentials=None):
    """Google's client for the People API, pointed at the simulator."""
    return build(
        "people",
        "v1",
        credentials=credentials or Credentials(token=app["access_token"]),
        static_discovery=True,
        client_options=ClientOptions(api_endpoint=app["base_url"]),
        requestBuilder=ExaminedRequest,
    )


def reasons(error):
    """What a refusal gives as `reason` in its details."""
    details = error.error_details if isinstance(error.error_details, list) else []
    return [detail["reason"] for detail in details if "reason" in detail]
