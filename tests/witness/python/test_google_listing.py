"""google-api-python-client reads contacts: pages, sync tokens, single and many by name."""

import re

import pytest
import sandbox
from google_answers import DOCUMENT, reasons, service
from googleapiclient.errors import HttpError

FIELDS = "metadata,names,emailAddresses,phoneNumbers,organizations,memberships"
CONTACTS_ONLY = "READ_SOURCE_TYPE_CONTACT"


@pytest.fixture(scope="module")
def people(apps):
    return service(apps["google_contacts"]).people()


def pages(people, **query):
    """Each page of a listing, with the client's own way of going on to the next."""
    connections = people.connections()
    query = {"resourceName": "people/me", "personFields": FIELDS, "sources": CONTACTS_ONLY, **query}
    request = connections.list(**query)
    while request is not None:
        page = request.execute()
        yield page
        request = connections.list_next(request, page)


def names(listing):
    return [person["resourceName"] for page in listing for person in page.get("connections", [])]


def create(people, word):
    person = {"names": [{"givenName": word}], "emailAddresses": [{"value": f"{word}@mail.example"}]}
    return people.createContact(body=person, personFields=FIELDS).execute()


def test_pages_hold_each_contact_once(people):
    whole = list(pages(people, pageSize=1000))
    parts = list(pages(people, pageSize=10))
    assert len(whole) == 1 and len(parts) > 1
    assert sorted(names(parts)) == sorted(names(whole))
    assert len(set(names(parts))) == len(names(parts)) == whole[0]["totalItems"]


def test_the_sync_token_comes_with_the_last_page_alone(people):
    listing = list(pages(people, pageSize=25, requestSyncToken=True))
    assert len(listing) > 1
    assert ["nextSyncToken" in page for page in listing] == [False] * (len(listing) - 1) + [True]
    assert all("nextSyncToken" not in page for page in pages(people))


def test_a_delta_holds_what_changed_and_a_quiet_one_nothing_but_its_token(people, word):
    token = list(pages(people, requestSyncToken=True))[-1]["nextSyncToken"]
    (quiet,) = pages(people, requestSyncToken=True, syncToken=token)
    assert list(quiet) == ["nextSyncToken"]

    person = create(people, word)
    (created,) = pages(people, requestSyncToken=True, syncToken=quiet["nextSyncToken"])
    assert names([created]) == [person["resourceName"]]

    people.deleteContact(resourceName=person["resourceName"]).execute()
    (deleted,) = pages(people, requestSyncToken=True, syncToken=created["nextSyncToken"])
    (tombstone,) = deleted["connections"]
    assert tombstone["resourceName"] == person["resourceName"]
    assert tombstone["metadata"]["deleted"] is True
    assert "names" not in tombstone and "emailAddresses" not in tombstone
    assert person["resourceName"] not in names(pages(people))


def test_an_expired_sync_token_is_a_400_with_a_reason_and_a_full_listing_goes_on():
    with sandbox.with_faults("expired-cursor@GET:/v1/people/me/connections") as apps:
        people = service(apps["google_contacts"]).people()
        token = list(pages(people, requestSyncToken=True))[-1]["nextSyncToken"]
        with pytest.raises(HttpError) as refused:
            list(pages(people, requestSyncToken=True, syncToken=token))
        assert refused.value.status_code == 400
        assert reasons(refused.value) == ["EXPIRED_SYNC_TOKEN"]
        fresh = list(pages(people, requestSyncToken=True))
        assert names(fresh) and fresh[-1]["nextSyncToken"]


@pytest.mark.parametrize(
    "query",
    [
        {"syncToken": "bm90IGEgdG9rZW4="},
        {"pageToken": "bm90IGEgdG9rZW4="},
        {"personFields": "names,shoeSize"},
        {"personFields": None},
        {"pageSize": -1},
    ],
    ids=lambda query: next(iter(query)),
)
def test_a_wrong_listing_is_refused(people, query):
    with pytest.raises(HttpError) as refused:
        list(pages(people, **query))
    assert refused.value.status_code == 400


def test_a_sync_token_is_bound_to_its_parameters(people):
    token = list(pages(people, requestSyncToken=True))[-1]["nextSyncToken"]
    with pytest.raises(HttpError) as refused:
        list(pages(people, requestSyncToken=True, syncToken=token, personFields="names"))
    assert refused.value.status_code == 400
    assert reasons(refused.value) == []


def test_only_what_was_asked_for_comes_back(people):
    (page,) = pages(people, personFields="names", pageSize=1000)
    assert {key for person in page["connections"] for key in person} == {"resourceName", "etag", "names"}


def masks(method, parameter):
    """The values of a mask, which the discovery document has in the text of its parameter alone."""
    text = DOCUMENT["resources"]["people"]["methods"][method]["parameters"][parameter]["description"]
    return re.findall(r"\* (\w+)", text)


def test_every_documented_mask_is_known(people, word):
    person = create(people, word)
    readable, writable = masks("get", "personFields"), masks("updateContact", "updatePersonFields")
    assert len(readable) == 29 and len(writable) == 24
    for mask in readable:
        one = people.get(resourceName=person["resourceName"], personFields=mask).execute()
        assert set(one) <= {"resourceName", "etag", mask}
    for mask in sorted(set(readable) - set(writable)):
        with pytest.raises(HttpError) as refused:
            people.updateContact(resourceName=person["resourceName"], body=person, updatePersonFields=mask).execute()
        assert refused.value.status_code == 400, mask
    request = people.updateContact(
        resourceName=person["resourceName"], body=person, updatePersonFields=",".join(writable)
    )
    assert request.execute()["resourceName"] == person["resourceName"]


def test_each_list_has_one_primary_entry(people):
    for page in pages(people):
        for person in page["connections"]:
            for field in ("names", "emailAddresses", "phoneNumbers", "organizations"):
                entries = person.get(field, [])
                primary = [entry for entry in entries if entry["metadata"].get("primary")]
                assert len(primary) == min(1, len(entries)), field


def test_names_too_many_for_a_url_are_read_by_the_clients_post(people):
    wanted = names(pages(people))
    many = (wanted * 200)[:199] + ["people/c404"]
    request = people.getBatchGet(resourceNames=many, personFields="names,metadata")
    assert len(request.uri) > 2048, "the client sends such a GET as a POST"
    answers = {answer["requestedResourceName"]: answer for answer in request.execute()["responses"]}
    assert set(answers) == {*wanted, "people/c404"}
    assert all(answers[name]["person"]["resourceName"] == name for name in wanted)
    missing = answers["people/c404"]
    assert "person" not in missing and missing["status"]["code"] == 5


def test_more_than_200_names_are_refused(people):
    with pytest.raises(HttpError) as refused:
        people.getBatchGet(resourceNames=["people/c1"] * 201, personFields="names").execute()
    assert refused.value.status_code == 400


def test_an_unknown_contact_is_not_found(people):
    with pytest.raises(HttpError) as refused:
        people.get(resourceName="people/c404", personFields="names").execute()
    assert refused.value.status_code == 404


@pytest.mark.parametrize("fault", ["429*2", "503*2", "500"])
def test_the_client_knows_what_to_try_again(fault):
    with sandbox.with_faults(fault) as apps:
        connections = service(apps["google_contacts"]).people().connections()
        request = connections.list(resourceName="people/me", personFields="names")
        with pytest.raises(HttpError):
            request.execute()
        assert request.execute(num_retries=3)["connections"]
