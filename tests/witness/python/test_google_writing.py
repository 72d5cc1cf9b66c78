"""google-api-python-client writes contacts: one by one, in batches, and against somebody else's edit."""

import pytest
from google_answers import service
from googleapiclient.errors import HttpError

FIELDS = "metadata,names,emailAddresses,phoneNumbers,organizations,memberships,biographies,birthdays,userDefined"
MAX_WRITTEN_TOGETHER = 200
MAX_DELETED_TOGETHER = 500


@pytest.fixture(scope="module")
def people(apps):
    return service(apps["google_contacts"]).people()


def person_of(word, **fields):
    return {
        "names": [{"givenName": "Ada", "familyName": word}],
        "emailAddresses": [{"value": f"{word}@mail.example"}],
        **fields,
    }


def create(people, word, **fields):
    return people.createContact(body=person_of(word, **fields), personFields=FIELDS).execute()


def read(people, name):
    return people.get(resourceName=name, personFields=FIELDS).execute()


def update(people, person, mask):
    return people.updateContact(
        resourceName=person["resourceName"], body=person, updatePersonFields=mask, personFields=FIELDS
    ).execute()


def source(person):
    (contact,) = [source for source in person["metadata"]["sources"] if source["type"] == "CONTACT"]
    return contact


def test_what_is_created_comes_back_as_google_keeps_it(people, word):
    made = create(
        people,
        word,
        phoneNumbers=[{"value": "(650) 253-0000", "type": "work"}],
        birthdays=[{"date": {"month": 2, "day": 29}}],
    )
    assert made["names"][0]["displayName"] == f"Ada {word}"
    assert made["names"][0]["displayNameLastFirst"] == f"{word}, Ada"
    assert made["phoneNumbers"][0]["value"] == "(650) 253-0000"
    assert made["phoneNumbers"][0]["canonicalForm"] == "+16502530000"
    assert made["birthdays"][0]["date"] == {"month": 2, "day": 29}
    assert [entry["contactGroupMembership"]["contactGroupResourceName"] for entry in made["memberships"]] == [
        "contactGroups/myContacts"
    ]
    assert made["resourceName"] == f"people/c{int(source(made)['id'], 16)}"
    assert read(people, made["resourceName"]) == made


def test_the_etag_depends_on_the_mask_and_the_sources_etag_does_not(people, word):
    made = create(people, word)
    narrow = people.get(resourceName=made["resourceName"], personFields="metadata").execute()
    assert narrow["etag"] != made["etag"]
    assert source(narrow) == source(made)


def test_a_field_in_the_mask_is_replaced_whole_and_no_other(people, word):
    made = create(
        people, word, organizations=[{"name": "Analytical Engines", "title": "Countess", "department": "Numbers"}]
    )
    made["organizations"] = [{"name": "Analytical Engines", "title": "Countess"}]
    made["emailAddresses"] = []
    changed = update(people, made, "organizations")
    assert "department" not in changed["organizations"][0]
    assert changed["emailAddresses"][0]["value"] == f"{word}@mail.example"
    cleared = update(people, {**changed, "organizations": []}, "organizations")
    assert "organizations" not in cleared and "names" in cleared


def test_a_stale_etag_is_refused_and_nothing_is_lost(people, word):
    made = create(people, word)
    changed = update(people, {**made, "biographies": [{"value": "first"}]}, "biographies")
    assert source(changed)["etag"] != source(made)["etag"]
    with pytest.raises(HttpError) as refused:
        update(people, {**made, "biographies": [{"value": "second"}]}, "biographies")
    assert refused.value.status_code == 400
    assert "etag is different" in refused.value.reason
    assert read(people, made["resourceName"])["biographies"][0]["value"] == "first"


@pytest.mark.parametrize(
    ("body", "mask"),
    [
        ({"names": [{"givenName": "A"}, {"givenName": "B"}]}, "names"),
        ({"shoeSize": 42}, "names"),
        ({"names": [{"givenName": "A"}]}, "photos"),
        ({"names": [{"givenName": "A"}]}, "names.givenName,shoeSize"),
        ({"memberships": []}, "memberships"),
    ],
    ids=["two names", "unknown member", "read-only mask", "unknown mask", "no group"],
)
def test_a_wrong_update_is_refused(people, word, body, mask):
    made = create(people, word)
    person = {"resourceName": made["resourceName"], "etag": made["etag"], "metadata": made["metadata"], **body}
    with pytest.raises(HttpError) as refused:
        update(people, person, mask)
    assert refused.value.status_code == 400
    assert read(people, made["resourceName"]) == made


def test_an_update_without_an_etag_is_refused(people, word):
    made = create(people, word)
    with pytest.raises(HttpError) as refused:
        update(people, {"resourceName": made["resourceName"], "names": [{"givenName": "B"}]}, "names")
    assert refused.value.status_code == 400


def test_a_deleted_contact_is_gone_and_cannot_be_deleted_twice(people, word):
    made = create(people, word)
    assert people.deleteContact(resourceName=made["resourceName"]).execute() == {}
    for call in (
        people.deleteContact(resourceName=made["resourceName"]),
        people.get(resourceName=made["resourceName"], personFields="names"),
    ):
        with pytest.raises(HttpError) as refused:
            call.execute()
        assert refused.value.status_code == 404


def create_many(people, persons, mask=FIELDS):
    body = {"contacts": [{"contactPerson": person} for person in persons], "readMask": mask}
    return people.batchCreateContacts(body=body).execute()


def test_a_batch_creates_updates_and_deletes(people, word):
    answers = create_many(people, [person_of(f"{word}{at}") for at in range(MAX_WRITTEN_TOGETHER)])["createdPeople"]
    made = [answer["person"] for answer in answers]
    assert len({person["resourceName"] for person in made}) == MAX_WRITTEN_TOGETHER

    contacts = {
        person["resourceName"]: {**person, "biographies": [{"value": person["resourceName"]}]} for person in made
    }
    body = {"contacts": contacts, "updateMask": "biographies", "readMask": FIELDS}
    updated = people.batchUpdateContacts(body=body).execute()["updateResult"]
    assert set(updated) == set(contacts)
    assert all(answer["person"]["biographies"][0]["value"] == name for name, answer in updated.items())

    assert people.batchDeleteContacts(body={"resourceNames": list(contacts)}).execute() == {}
    gone = people.getBatchGet(resourceNames=list(contacts), personFields="names").execute()["responses"]
    assert len(gone) == MAX_WRITTEN_TOGETHER and all("person" not in answer for answer in gone)


def test_without_a_read_mask_a_batch_tells_nothing(people, word):
    assert create_many(people, [person_of(word)], mask=None) == {}


def test_one_bad_contact_fails_the_whole_batch(people, word):
    with pytest.raises(HttpError) as refused:
        create_many(people, [person_of(word), {"names": [{"givenName": "A"}, {"givenName": "B"}]}])
    assert refused.value.status_code == 400
    (detail,) = refused.value.error_details
    assert detail["@type"].endswith("BatchCreateContactsErrorDetails")
    assert list(detail["contactErrors"]) == ["1"]
    found = people.connections().list(resourceName="people/me", personFields="names", pageSize=1000).execute()
    assert word not in str(found), "the good contact of a failed batch was created"


def test_one_stale_contact_fails_the_whole_batch(people, word):
    first, second = (create(people, f"{word}{at}") for at in range(2))
    update(people, {**second, "biographies": [{"value": "edited"}]}, "biographies")
    contacts = {person["resourceName"]: {**person, "biographies": [{"value": "batch"}]} for person in (first, second)}
    with pytest.raises(HttpError) as refused:
        people.batchUpdateContacts(
            body={"contacts": contacts, "updateMask": "biographies", "readMask": FIELDS}
        ).execute()
    assert refused.value.status_code == 400
    assert "biographies" not in read(people, first["resourceName"])


def test_batches_have_their_limits(people, word):
    with pytest.raises(HttpError) as refused:
        create_many(people, [person_of(f"{word}{at}") for at in range(MAX_WRITTEN_TOGETHER + 1)])
    assert refused.value.status_code == 400
    with pytest.raises(HttpError) as refused:
        people.batchDeleteContacts(body={"resourceNames": ["people/c1"] * (MAX_DELETED_TOGETHER + 1)}).execute()
    assert refused.value.status_code == 400
