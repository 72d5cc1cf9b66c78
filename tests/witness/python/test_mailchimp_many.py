"""mailchimp-marketing writes many at once: batches of members, tags, segments, operations; and is called back."""

import gzip
import http.server
import io
import json
import queue
import tarfile
import threading
import time
import urllib.parse

import pytest
import requests
from mailchimp_answers import client, refusal, short, subscriber_hash

MAX_MEMBERS_TOGETHER = 500
TIMEOUT_SECONDS = 30


@pytest.fixture(scope="module")
def mailchimp(apps):
    return client(apps["mailchimp"])


@pytest.fixture(scope="module")
def lists(mailchimp):
    return mailchimp.lists


@pytest.fixture(scope="module")
def audience(lists):
    return lists.get_all_lists()["lists"][0]["id"]


def batch(lists, audience, members, **options):
    return lists.batch_list_members(audience, {"members": members, **options})


def member(address, status="subscribed", **fields):
    return {"email_address": address, "status": status, **fields}


def test_a_batch_creates_500_and_not_one_more(lists, audience, word):
    members = [member(f"{word}.{at}@mail.example") for at in range(MAX_MEMBERS_TOGETHER)]
    answer = batch(lists, audience, members)
    assert (answer["total_created"], answer["total_updated"], answer["error_count"]) == (MAX_MEMBERS_TOGETHER, 0, 0)
    assert {made["email_address"] for made in answer["new_members"]} == {each["email_address"] for each in members}
    assert (
        refusal(
            batch, lists, audience, [member(f"{word}.x{at}@mail.example") for at in range(MAX_MEMBERS_TOGETHER + 1)]
        )["status"]
        == 400
    )


def test_a_batch_succeeds_with_errors_inside(lists, audience, word):
    known, new = f"{word}@mail.example", f"{word}.new@mail.example"
    lists.add_list_member(audience, member(known, "unsubscribed"))
    answer = batch(lists, audience, [member(known), member("not an address"), member(new)])
    assert [made["email_address"] for made in answer["new_members"]] == [new]
    errors = {error["email_address"]: error["error_code"] for error in answer["errors"]}
    assert errors == {known: "ERROR_CONTACT_EXISTS", "not an address": "ERROR_GENERIC"}
    assert answer["error_count"] == 2
    assert lists.get_list_member(audience, subscriber_hash(known))["status"] == "unsubscribed"


def test_a_batch_that_updates_overwrites_the_status(lists, audience, word):
    address = f"{word}@mail.example"
    lists.add_list_member(audience, member(address, "unsubscribed"))
    answer = batch(lists, audience, [member(address)], update_existing=True)
    assert [made["status"] for made in answer["updated_members"]] == ["subscribed"]


def tags(lists, audience, name):
    return {tag["name"] for tag in lists.get_list_member_tags(audience, name)["tags"]}


def test_tags_come_by_name_and_go(lists, audience, word):
    made = lists.add_list_member(audience, member(f"{word}@mail.example", tags=[f"{word} first"]))
    assert [tag["name"] for tag in made["tags"]] == [f"{word} first"] and made["tags_count"] == 1
    change = {"tags": [{"name": f"{word} first", "status": "inactive"}, {"name": f"{word} second", "status": "active"}]}
    answer = lists.update_list_member_tags(audience, made["id"], {**change, "is_syncing": True})
    assert answer.status_code == 204
    assert tags(lists, audience, made["id"]) == {f"{word} second"}
    assert [tag["name"] for tag in lists.tag_search(audience, name=f"{word} sec")["tags"]] == [f"{word} second"]
    again = lists.update_list_member_tags(audience, made["id"], change)
    assert again.status_code == 204, "once more is no error"


def test_a_tag_is_a_static_segment_that_takes_many_at_once(lists, audience, word):
    addresses = [f"{word}.{at}@mail.example" for at in range(3)]
    batch(lists, audience, [member(address) for address in addresses])
    segment = lists.create_segment(audience, {"name": word, "static_segment": addresses[:1]})
    assert segment["type"] == "static" and segment["member_count"] == 1
    answer = lists.batch_segment_members(
        {"members_to_add": [*addresses[1:], "nobody@mail.example"], "members_to_remove": addresses[:1]},
        audience,
        segment["id"],
    )
    assert (answer["total_added"], answer["total_removed"], answer["error_count"]) == (2, 1, 1)
    assert tags(lists, audience, subscriber_hash(addresses[0])) == set()
    assert tags(lists, audience, subscriber_hash(addresses[1])) == {word}
    assert word in {found["name"] for found in lists.list_segments(audience, count=1000, type="static")["segments"]}


def finished(mailchimp, batch_id):
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        status = mailchimp.batches.status(batch_id)
        if status["status"] == "finished":
            return status
        time.sleep(0.05)
    raise AssertionError("the batch never finished")


def test_operations_in_the_background_leave_an_archive_of_answers(mailchimp, audience, word):
    address = f"{word}@mail.example"
    operations = [
        {
            "method": "POST",
            "path": f"/lists/{audience}/members",
            "operation_id": "made",
            "body": json.dumps(member(address)),
        },
        {
            "method": "GET",
            "path": f"/lists/{audience}/members/{subscriber_hash('nobody@mail.example')}",
            "operation_id": "missing",
        },
    ]
    started = mailchimp.batches.start({"operations": operations})
    assert started["total_operations"] == 2
    status = finished(mailchimp, started["id"])
    assert (status["finished_operations"], status["errored_operations"]) == (2, 1)
    packed = requests.get(status["response_body_url"], timeout=TIMEOUT_SECONDS).content
    answers = {}
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
        for entry in archive:
            if entry.isfile():
                for answer in json.load(archive.extractfile(entry)):
                    answers[answer["operation_id"]] = answer
    assert answers["made"]["status_code"] == 200
    assert json.loads(answers["made"]["response"])["email_address"] == address
    assert answers["missing"]["status_code"] == 404


class Callback:
    """A server that Mailchimp may call: it says yes, and keeps what it is told."""

    def __init__(self):
        told = self.told = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def yes(self):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD = yes

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.put((self.headers["Content-Type"], dict(urllib.parse.parse_qsl(body.decode()))))
                self.yes()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def callback():
    made = Callback()
    yield made
    made.server.shutdown()
    made.server.server_close()


EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")


def test_a_webhook_tells_who_asked_for_it_and_keeps_quiet_about_other_sources(lists, audience, word, callback):
    def hook(path, **sources):
        body = {
            "url": callback.url + path,
            "events": dict.fromkeys(EVENTS, True),
            "sources": {"user": True, "admin": True, **sources},
        }
        return lists.create_list_webhook(audience, body)

    quiet, loud = hook("?quiet", api=False), hook("?loud", api=True)
    assert {quiet["id"], loud["id"]} <= {known["id"] for known in lists.get_list_webhooks(audience)["webhooks"]}
    made = lists.add_list_member(audience, member(f"{word}@mail.example"))
    kind, told = callback.told.get(timeout=TIMEOUT_SECONDS)
    assert kind.startswith("application/x-www-form-urlencoded")
    assert (told["type"], told["data[email]"], told["data[list_id]"]) == ("subscribe", made["email_address"], audience)
    assert len(told["fired_at"]) == len("2009-03-26 21:40:57")
    assert told["data[merges][EMAIL]"] == made["email_address"]
    lists.update_list_webhook(audience, loud["id"], {"sources": {"user": True, "admin": True, "api": False}})
    lists.update_list_member(audience, made["id"], {"merge_fields": {"FNAME": "Ada"}})
    for known in (quiet, loud):
        lists.delete_list_webhook(audience, known["id"])
    assert short(refusal(lists.get_list_webhook, audience, loud["id"])) == (404, "Resource Not Found")
    assert callback.told.empty()


def test_a_webhook_that_nobody_answers_is_refused(lists, audience):
    body = {
        "url": "http://127.0.0.1:9/hook",
        "events": dict.fromkeys(EVENTS, True),
        "sources": {"user": True, "admin": True, "api": True},
    }
    assert refusal(lists.create_list_webhook, audience, body)["status"] == 400
