"""google-api-python-client with labels, which the API calls contact groups."""

import pytest
from google_answers import service
from googleapiclient.errors import HttpError

FIELDS = "clientData,groupType,memberCount,metadata,name"
MAX_NAMES_MODIFIED = 1000


@pytest.fixture(scope="module")
def client(apps):
    return service(apps["google_contacts"])


@pytest.fixture(scope="module")
def groups(client):
    return client.contactGroups()


def create(groups, name):
    return groups.create(body={"contactGroup": {"name": name}, "readGroupFields": FIELDS}).execute()


def refusal(request):
    with pytest.raises(HttpError) as refused:
        request.execute()
    return refused.value.status_code


def contact(client, word):
    return (
        client.people()
        .createContact(body={"names": [{"givenName": word}]}, personFields="names")
        .execute()["resourceName"]
    )


def labels(client, name):
    person = client.people().get(resourceName=name, personFields="memberships").execute()
    return {entry["contactGroupMembership"]["contactGroupResourceName"] for entry in person["memberships"]}


def test_the_systems_groups_are_listed_with_the_users(groups, word):
    made = create(groups, word)
    listed, request = {}, groups.list(pageSize=3, groupFields=FIELDS)
    while request is not None:
        page = request.execute()
        listed.update({group["resourceName"]: group for group in page["contactGroups"]})
        request = groups.list_next(request, page)
    system = {name for name, group in listed.items() if group["groupType"] == "SYSTEM_CONTACT_GROUP"}
    assert {"contactGroups/myContacts", "contactGroups/starred", "contactGroups/all"} <= system
    assert listed[made["resourceName"]]["groupType"] == "USER_CONTACT_GROUP"
    assert listed[made["resourceName"]]["name"] == word


def test_two_groups_of_one_name_are_refused(groups, word):
    create(groups, word)
    assert refusal(groups.create(body={"contactGroup": {"name": word}})) == 409


def test_a_group_is_renamed_only_by_who_read_it_last(groups, word):
    made = create(groups, word)
    renamed = groups.update(
        resourceName=made["resourceName"],
        body={"contactGroup": {**made, "name": f"{word} two"}, "updateGroupFields": "name", "readGroupFields": FIELDS},
    ).execute()
    assert renamed["name"] == f"{word} two"
    stale = {"contactGroup": {**made, "name": f"{word} three"}, "updateGroupFields": "name"}
    assert refusal(groups.update(resourceName=made["resourceName"], body=stale)) == 409


def test_members_come_and_go_and_what_could_not_be_done_is_said(client, groups, word):
    group = create(groups, word)["resourceName"]
    person = contact(client, word)
    members = groups.members()

    def modify(add=(), remove=(), of=group):
        body = {"resourceNamesToAdd": list(add), "resourceNamesToRemove": list(remove)}
        return members.modify(resourceName=of, body=body).execute()

    assert modify(add=[person]) == {}
    assert modify(add=[person]) == {}, "once more is no error"
    assert labels(client, person) == {group, "contactGroups/myContacts"}
    read = groups.get(resourceName=group, maxMembers=10, groupFields=FIELDS).execute()
    assert read["memberCount"] == 1 and read["memberResourceNames"] == [person]
    assert modify(add=["people/c404"]) == {"notFoundResourceNames": ["people/c404"]}
    assert modify(remove=[person]) == {}
    last = modify(remove=[person], of="contactGroups/myContacts")
    assert last == {"canNotRemoveLastContactGroupResourceNames": [person]}
    assert labels(client, person) == {"contactGroups/myContacts"}


def test_too_many_members_at_once_are_refused(groups, word):
    group = create(groups, word)["resourceName"]
    body = {"resourceNamesToAdd": ["people/c404"] * (MAX_NAMES_MODIFIED + 1)}
    assert refusal(groups.members().modify(resourceName=group, body=body)) == 400


def test_a_deleted_group_takes_no_contact_with_it(client, groups, word):
    group = create(groups, word)["resourceName"]
    person = contact(client, word)
    groups.members().modify(resourceName=group, body={"resourceNamesToAdd": [person]}).execute()
    assert groups.delete(resourceName=group).execute() == {}
    assert refusal(groups.get(resourceName=group)) == 404
    assert labels(client, person) == {"contactGroups/myContacts"}


def test_the_systems_groups_cannot_be_deleted(groups):
    assert refusal(groups.delete(resourceName="contactGroups/myContacts")) == 400


def test_a_delta_of_groups_names_the_deleted(groups, word):
    token = groups.list(pageSize=1000).execute()["nextSyncToken"]
    made = create(groups, word)
    changed = groups.list(pageSize=1000, syncToken=token).execute()
    assert [group["resourceName"] for group in changed["contactGroups"]] == [made["resourceName"]]
    groups.delete(resourceName=made["resourceName"]).execute()
    gone = groups.list(pageSize=1000, syncToken=changed["nextSyncToken"]).execute()["contactGroups"]
    assert [(group["resourceName"], group["metadata"]["deleted"]) for group in gone] == [(made["resourceName"], True)]


def test_groups_are_read_many_at_once(groups, word):
    made = create(groups, word)["resourceName"]
    answers = groups.batchGet(resourceNames=[made, "contactGroups/404"], groupFields=FIELDS).execute()["responses"]
    found = {answer["requestedResourceName"]: answer for answer in answers}
    assert found[made]["contactGroup"]["name"] == word
    assert "contactGroup" not in found["contactGroups/404"]
