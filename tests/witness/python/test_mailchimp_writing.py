"""mailchimp-marketing writes members: create, upsert, edit, archive, forget; and who may not be subscribed."""

import pytest
from mailchimp_answers import client, refusal, short, subscriber_hash


@pytest.fixture(scope="module")
def lists(apps):
    return client(apps["mailchimp"]).lists


@pytest.fixture(scope="module")
def audience(lists):
    return lists.get_all_lists()["lists"][0]["id"]


@pytest.fixture
def address(word):
    return f"{word}@mail.example"


def add(lists, audience, address, status="subscribed", **fields):
    return lists.add_list_member(audience, {"email_address": address, "status": status, **fields})


def read(lists, audience, name):
    return lists.get_list_member(audience, name)


def test_a_new_member_is_called_by_the_hash_of_the_address(lists, audience, word):
    made = add(lists, audience, f"{word.upper()}@Mail.example", merge_fields={"FNAME": "Ada", "LNAME": "Lovelace"})
    assert made["id"] == subscriber_hash(f"{word}@mail.example")
    assert made["full_name"] == "Ada Lovelace" and made["status"] == "subscribed"
    assert read(lists, audience, made["id"])["merge_fields"] == made["merge_fields"]


def test_a_second_member_of_one_address_is_refused(lists, audience, address):
    add(lists, audience, address)
    assert short(refusal(add, lists, audience, address.upper())) == (400, "Member Exists")


@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "cleaned", "pending", "transactional"])
def test_a_member_begins_as_it_is_said(lists, audience, address, status):
    assert add(lists, audience, address, status)["status"] == status


@pytest.mark.parametrize(
    "body",
    [
        {"status": "subscribed"},
        {"email_address": "w@mail.example"},
        {"email_address": "w@mail.example", "status": "archived"},
        {"email_address": "not an address", "status": "subscribed"},
        {"email_address": 7, "status": "subscribed"},
    ],
    ids=["no address", "no status", "archived", "no real address", "no text"],
)
def test_a_wrong_member_is_refused_by_field(lists, audience, body):
    refused = refusal(lists.add_list_member, audience, body)
    assert short(refused) == (400, "Invalid Resource")


def test_an_upsert_creates_and_then_keeps_what_it_does_not_name(lists, audience, address):
    name = subscriber_hash(address)
    body = {"email_address": address, "status_if_new": "unsubscribed", "merge_fields": {"FNAME": "Ada", "LNAME": "L"}}
    made = lists.set_list_member(audience, name, body)
    assert made["status"] == "unsubscribed"
    body = {"email_address": address, "status_if_new": "subscribed", "merge_fields": {"FNAME": "Augusta"}}
    kept = lists.set_list_member(audience, name, body)
    assert kept["contact_id"] == made["contact_id"]
    assert kept["status"] == "unsubscribed", "nobody is subscribed by an upsert of the profile"
    assert (kept["merge_fields"]["FNAME"], kept["merge_fields"]["LNAME"]) == ("Augusta", "L")


def test_an_upsert_needs_a_status_for_somebody_new(lists, audience, address):
    assert (
        refusal(lists.set_list_member, audience, subscriber_hash(address), {"email_address": address})["status"] == 400
    )


def test_a_changed_address_changes_the_hash_and_not_the_contact(lists, audience, word, address):
    made = add(lists, audience, address)
    moved = lists.update_list_member(audience, made["id"], {"email_address": f"{word}.two@mail.example"})
    assert moved["contact_id"] == made["contact_id"]
    assert moved["id"] == subscriber_hash(f"{word}.two@mail.example") != made["id"]
    assert short(refusal(read, lists, audience, made["id"])) == (404, "Resource Not Found")
    assert read(lists, audience, made["contact_id"])["email_address"] == moved["email_address"]


def test_an_address_that_somebody_has_cannot_be_taken(lists, audience, word, address):
    taken = add(lists, audience, f"{word}.taken@mail.example")
    made = add(lists, audience, address)
    assert (
        refusal(lists.update_list_member, audience, made["id"], {"email_address": taken["email_address"]})["status"]
        == 400
    )
    assert read(lists, audience, made["id"])["email_address"] == address


def test_editing_nobody_is_not_found(lists, audience, address):
    refused = refusal(lists.update_list_member, audience, subscriber_hash(address), {"vip": True})
    assert short(refused) == (404, "Resource Not Found")


def test_an_archived_member_stays_and_comes_back_with_a_status(lists, audience, address):
    made = add(lists, audience, address)
    lists.delete_list_member(audience, made["id"])
    assert read(lists, audience, made["id"])["status"] == "archived"
    back = lists.set_list_member(
        audience, made["id"], {"email_address": address, "status": "subscribed", "status_if_new": "subscribed"}
    )
    assert back["status"] == "subscribed" and back["contact_id"] == made["contact_id"]


def test_a_forgotten_address_cannot_be_brought_back(lists, audience, address):
    made = add(lists, audience, address)
    lists.delete_list_member_permanent(audience, made["id"])
    assert short(refusal(read, lists, audience, made["contact_id"])) == (404, "Resource Not Found")
    assert short(refusal(add, lists, audience, address)) == (400, "Forgotten Email Not Subscribed")


def test_who_opted_out_by_api_can_be_subscribed_by_api(lists, audience, address):
    made = add(lists, audience, address)
    for status in ("unsubscribed", "subscribed"):
        assert lists.update_list_member(audience, made["id"], {"status": status})["status"] == status


def test_who_bounced_cannot_be_subscribed(lists, audience, address):
    made = add(lists, audience, address, "cleaned")
    compliance = (400, "Member In Compliance State")
    assert short(refusal(lists.update_list_member, audience, made["id"], {"status": "subscribed"})) == compliance
    body = {"email_address": address, "status": "subscribed", "status_if_new": "subscribed"}
    assert short(refusal(lists.set_list_member, audience, made["id"], body)) == compliance
    assert read(lists, audience, made["id"])["status"] == "cleaned"


ADDRESS = {"addr1": "1 Main St", "city": "Springfield", "state": "IL", "zip": "62701", "country": "US"}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", "x" * 255, ["a", "list"]),
        ("number", 42, "many"),
        ("address", ADDRESS, {**ADDRESS, "city": ""}),
        ("date", "1815-12-10", "some day"),
        ("birthday", "12/10", "10 December"),
        ("url", "https://mail.example/ada", "not a URL"),
        ("dropdown", "red", "mauve"),
        ("zip", "62701", "627"),
    ],
)
def test_a_merge_field_takes_what_its_type_takes(lists, audience, word, kind, good, bad):
    options = {"options": {"choices": ["red", "green"]}} if kind == "dropdown" else {}
    field = lists.add_list_merge_field(audience, {"name": f"{kind} {word}", "type": kind, **options})
    assert field["type"] == kind
    tag = field["tag"]
    made = add(lists, audience, f"{word}@mail.example", merge_fields={tag: good})
    kept = made["merge_fields"][tag]
    assert (kept if kind != "address" else {key: kept[key] for key in ADDRESS}) == good
    refused = refusal(add, lists, audience, f"{word}.two@mail.example", merge_fields={tag: bad})
    assert short(refused) == (400, "Invalid Resource")
    assert any(tag in error["field"] for error in refused["errors"])
    cleared = lists.update_list_member(audience, made["id"], {"merge_fields": {tag: ""}})
    assert cleared["merge_fields"][tag] == ""
    lists.delete_list_merge_field(audience, field["merge_id"])
    assert tag not in read(lists, audience, made["id"])["merge_fields"]


def test_a_merge_field_can_be_renamed_and_keeps_its_type(lists, audience, word):
    field = lists.add_list_merge_field(audience, {"name": word, "type": "text"})
    renamed = lists.update_list_merge_field(audience, field["merge_id"], {"name": f"{word} two"})
    assert (renamed["name"], renamed["type"], renamed["tag"]) == (f"{word} two", "text", field["tag"])
    assert lists.get_list_merge_field(audience, field["merge_id"])["name"] == f"{word} two"
    lists.delete_list_merge_field(audience, field["merge_id"])
    assert short(refusal(lists.get_list_merge_field, audience, field["merge_id"])) == (404, "Resource Not Found")


def test_a_required_merge_field_can_be_passed_over_only_on_request(lists, audience, word):
    field = lists.add_list_merge_field(audience, {"name": word, "type": "text", "required": True})
    refused = refusal(add, lists, audience, f"{word}@mail.example")
    assert short(refused) == (400, "Invalid Resource")
    body = {"email_address": f"{word}@mail.example", "status": "subscribed"}
    assert lists.add_list_member(audience, body, skip_merge_validation=True)["merge_fields"][field["tag"]] == ""
    lists.delete_list_merge_field(audience, field["merge_id"])
