"""google-api-python-client searches contacts: by how words begin, and in no other way."""

import pytest
from google_answers import service


@pytest.fixture(scope="module")
def people(apps):
    return service(apps["google_contacts"]).people()


def found(people, query, **others):
    answer = people.searchContacts(query=query, readMask="names,emailAddresses", **others).execute()
    return [result["person"]["resourceName"] for result in answer.get("results", [])]


def warm_up(people):
    """Google asks for an empty search before others: its cache follows only then."""
    assert found(people, "") == []


def test_words_are_found_by_their_beginnings_alone(people, word):
    person = {
        "names": [{"givenName": f"{word}x", "familyName": "Lovelace"}],
        "emailAddresses": [{"value": f"{word}@mail.example"}],
    }
    made = people.createContact(body=person, personFields="names").execute()["resourceName"]
    warm_up(people)
    assert found(people, word) == [made]
    assert found(people, f"{word}@mail") == [made]
    assert found(people, word[1:]) == [], "the middle of a word"
    assert found(people, f"{word}y") == []


def test_no_more_than_thirty_are_found(people, word):
    persons = [{"contactPerson": {"names": [{"givenName": word, "familyName": f"n{at}"}]}} for at in range(35)]
    people.batchCreateContacts(body={"contacts": persons, "readMask": "names"}).execute()
    warm_up(people)
    assert len(found(people, word)) == 10
    assert len(found(people, word, pageSize=30)) == 30
