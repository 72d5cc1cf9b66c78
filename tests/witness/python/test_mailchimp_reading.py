"""mailchimp-marketing reads: the account, audiences, members, merge fields; and is kept out."""

import pytest
from mailchimp_answers import client, refusal, short, subscriber_hash


@pytest.fixture(scope="module")
def mailchimp(apps):
    return client(apps["mailchimp"])


@pytest.fixture(scope="module")
def audience(mailchimp):
    return mailchimp.lists.get_all_lists()["lists"][0]["id"]


def members(mailchimp, audience, **query):
    return mailchimp.lists.get_list_members_info(audience, **query)


def everybody(mailchimp, audience, page):
    """All members by paging, as often as there are more."""
    found, total = [], None
    while total is None or len(found) < total:
        answer = members(mailchimp, audience, count=page, offset=len(found))
        assert answer["members"], "an empty page before the end"
        found += answer["members"]
        total = answer["total_items"]
    return found


def test_the_account_answers(mailchimp, audience):
    assert mailchimp.ping.get() == {"health_status": "Everything's Chimpy!"}
    root = mailchimp.root.get_root()
    assert root["account_id"] and root["email"]
    one = mailchimp.lists.get_list(audience)
    assert one["id"] == audience and one["stats"]["member_count"] > 0


def test_pages_hold_each_member_once_and_ten_if_nothing_is_said(mailchimp, audience):
    whole = members(mailchimp, audience, count=1000)
    assert len(whole["members"]) == whole["total_items"] > 10
    assert len(members(mailchimp, audience)["members"]) == 10
    in_parts = everybody(mailchimp, audience, 7)
    assert sorted(member["contact_id"] for member in in_parts) == sorted(
        member["contact_id"] for member in whole["members"]
    )
    past = members(mailchimp, audience, offset=whole["total_items"])
    assert past["members"] == [] and past["total_items"] == whole["total_items"]


def test_a_member_agrees_with_itself(mailchimp, audience):
    for member in members(mailchimp, audience, count=1000)["members"]:
        assert member["id"] == subscriber_hash(member["email_address"])
        assert member["tags_count"] >= len(member["tags"])
        assert ("unsubscribe_reason" in member) == (member["status"] == "unsubscribed")


def test_a_merge_field_that_was_never_set_is_the_empty_text(mailchimp, audience):
    tags = {field["tag"] for field in mailchimp.lists.get_list_merge_fields(audience, count=1000)["merge_fields"]}
    assert {"FNAME", "LNAME"} <= tags
    everyone = members(mailchimp, audience, count=1000)["members"]
    assert all(set(member["merge_fields"]) == tags for member in everyone)
    assert all(value is not None for member in everyone for value in member["merge_fields"].values())


def test_fields_choose_and_leave_out_by_dotted_paths(mailchimp, audience):
    chosen = members(mailchimp, audience, fields=["members.email_address", "members.merge_fields.FNAME", "total_items"])
    assert set(chosen) == {"members", "total_items"}
    for member in chosen["members"]:
        assert set(member) == {"email_address", "merge_fields"} and set(member["merge_fields"]) == {"FNAME"}
    left = members(mailchimp, audience, exclude_fields=["_links", "members._links", "members.merge_fields.FNAME"])
    assert "_links" not in left
    for member in left["members"]:
        assert "_links" not in member and "FNAME" not in member["merge_fields"] and "LNAME" in member["merge_fields"]


def test_a_listing_by_status_holds_that_status_alone(mailchimp, audience):
    counts = {}
    for status in ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived"):
        found = members(mailchimp, audience, count=1000, status=status)
        assert {member["status"] for member in found["members"]} <= {status}
        assert found["total_items"] == len(found["members"])
        counts[status] = found["total_items"]
    # Whether the archived are among all is documented nowhere.
    everybody_there = sum(counts.values())
    total = members(mailchimp, audience, count=1000)["total_items"]
    assert total in (everybody_there, everybody_there - counts["archived"])


def test_what_changed_since_is_sorted_by_when(mailchimp, audience):
    everyone = members(mailchimp, audience, count=1000, sort_field="last_changed", sort_dir="ASC")["members"]
    stamps = [member["last_changed"] for member in everyone]
    assert stamps == sorted(stamps)
    middle = stamps[len(stamps) // 2]
    since = members(mailchimp, audience, count=1000, since_last_changed=middle)["members"]
    before = members(mailchimp, audience, count=1000, before_last_changed=middle)["members"]
    assert all(member["last_changed"] >= middle for member in since)
    assert all(member["last_changed"] <= middle for member in before)
    newest_first = members(mailchimp, audience, count=1000, sort_field="last_changed", sort_dir="DESC")["members"]
    assert [member["last_changed"] for member in newest_first] == sorted(stamps, reverse=True)


def test_a_member_has_three_names(mailchimp, audience):
    (known,) = members(mailchimp, audience, count=1)["members"]
    for name in (known["id"], known["email_address"], known["email_address"].upper(), known["contact_id"]):
        assert mailchimp.lists.get_list_member(audience, name)["contact_id"] == known["contact_id"]


def test_what_is_not_there_is_not_found(mailchimp, audience):
    not_found = (404, "Resource Not Found")
    assert short(refusal(mailchimp.lists.get_list, "0404040404")) == not_found
    assert short(refusal(members, mailchimp, "0404040404")) == not_found
    assert (
        short(refusal(mailchimp.lists.get_list_member, audience, subscriber_hash("nobody@mail.example"))) == not_found
    )


@pytest.mark.parametrize(
    "query",
    [
        {"status": "asleep"},
        {"since_last_changed": "yesterday"},
        {"sort_field": "email_address"},
        {"status": "subscribed", "unsubscribed_since": "2020-01-01T00:00:00+00:00"},
    ],
    ids=lambda query: next(reversed(query)),
)
def test_a_wrong_listing_is_refused(mailchimp, audience, query):
    assert refusal(members, mailchimp, audience, **query)["status"] == 400


def test_a_token_opens_what_the_key_opens(apps, audience):
    by_token = client(apps["mailchimp"], access_token=apps["mailchimp"]["access_token"])
    assert by_token.lists.get_list(audience)["id"] == audience


def test_a_wrong_key_is_refused(apps):
    datacentre = apps["mailchimp"]["api_key"].rpartition("-")[2]
    wrong = client(apps["mailchimp"], api_key=f"{'0' * 32}-{datacentre}")
    assert short(refusal(wrong.ping.get)) == (401, "API Key Invalid")
    assert short(refusal(client(apps["mailchimp"], access_token="wrong").ping.get))[0] == 401
