"""simple-salesforce writes: rows, upserts, collections, composites, tags; and what a real org refuses."""

import email.utils
import time

import pytest
from salesforce_org import VERSION, collection, contact, refusal, with_token
from simple_salesforce.exceptions import SalesforceError

MAX_COLLECTION = 200
DATA = f"/services/data/v{VERSION}"


@pytest.fixture(scope="module")
def org(apps):
    return with_token(apps["salesforce"])


def create(org, last_name, **fields):
    return org.Contact.create({"LastName": last_name, **fields})["id"]


def test_a_row_is_created_edited_and_deleted(org, word):
    made = org.Contact.create({"LastName": word, "Title": "Countess", "Description": "kept"})
    assert dict(made) == {"id": made["id"], "success": True, "errors": []}
    assert org.Contact.update(made["id"], {"Title": None, "FirstName": "Ada"}) == 204
    row = org.Contact.get(made["id"])
    assert (row["Title"], row["FirstName"], row["Description"]) == (None, "Ada", "kept")
    assert org.Contact.delete(made["id"]) == 204
    status, codes = refusal(org.Contact.get, made["id"])
    assert status == 404 and set(codes) <= {"NOT_FOUND", "ENTITY_IS_DELETED"}
    assert list(refusal(org.Contact.update, made["id"], {"Title": "x"})[1]) == ["ENTITY_IS_DELETED"]


def test_a_text_is_trimmed_and_an_empty_one_is_nothing(org, word):
    row = org.Contact.get(create(org, f"  {word} ", Title="", Department="   "))
    assert (row["LastName"], row["Title"], row["Department"]) == (word, None, None)


@pytest.mark.parametrize(
    ("kind", "fields", "code", "about"),
    [
        ("Contact", {"FirstName": "Ada"}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ("Lead", {"LastName": "Ada"}, "REQUIRED_FIELD_MISSING", ["Company"]),
        ("Contact", {"LastName": "x" * 81}, "STRING_TOO_LONG", ["LastName"]),
        ("Contact", {"LastName": "x", "Email": "not an address"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ("Contact", {"LastName": "x", "ShoeSize": 42}, "INVALID_FIELD", None),
        ("Contact", {"LastName": "x", "Name": "Ada"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Name"]),
        ("Contact", {"LastName": "x", "HasOptedOutOfEmail": "maybe"}, "JSON_PARSER_ERROR", None),
        ("Contact", {"LastName": "x", "Birthdate": "some day"}, "JSON_PARSER_ERROR", None),
        ("Contact", {"LastName": "x", "AccountId": "not an id"}, "MALFORMED_ID", ["AccountId"]),
    ],
)
def test_a_wrong_row_is_refused_by_code_and_field(org, kind, fields, code, about):
    status, codes = refusal(getattr(org, kind).create, fields)
    assert status == 400 and list(codes) == [code]
    assert about is None or codes[code] == about


def test_a_duplicate_is_refused_unless_the_client_insists(org, word):
    first = {"LastName": word, "Email": f"{word}@twice.example".lower()}
    made = org.Contact.create(first)["id"]
    status, codes = refusal(org.Contact.create, first)
    assert status == 400 and list(codes) == ["DUPLICATES_DETECTED"]
    insisting = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert org.Contact.create(first, headers=insisting)["id"] != made


def test_an_id_that_is_none_and_an_id_of_nobody_are_not_found(org):
    for wrong in ("003000000000404", "not-an-id"):
        status, codes = refusal(org.Contact.get, wrong)
        assert status == 404 or list(codes) == ["MALFORMED_ID"], wrong


def test_an_edit_of_what_changed_meanwhile_is_refused(org, word):
    made = create(org, word)
    long_ago = {"If-Unmodified-Since": email.utils.formatdate(time.time() - 3600, usegmt=True)}
    later = {"If-Unmodified-Since": email.utils.formatdate(time.time() + 3600, usegmt=True)}
    with pytest.raises(SalesforceError) as refused:
        org.Contact.update(made, {"Title": "lost"}, headers=long_ago)
    assert refused.value.status == 412
    assert org.Contact.get(made)["Title"] is None
    assert org.Contact.update(made, {"Title": "won"}, headers=later) == 204


@pytest.fixture(scope="module")
def external_id(org):
    """A custom field by which outsiders know a contact; the sandbox's org has one."""
    names = [field["name"] for field in org.Contact.describe()["fields"] if field["externalId"]]
    assert names, "the sandbox's org has no external id on contacts"
    return names[0]


def test_an_upsert_finds_by_the_outsiders_id(org, word, external_id):
    key = f"{external_id}/{word}"
    made = org.Contact.upsert(key, {"LastName": word}, raw_response=True)
    assert made.status_code == 201 and made.json()["created"] is True
    again = org.Contact.upsert(key, {"Title": "Countess"}, raw_response=True)
    assert again.status_code == 200 and again.json() == {**made.json(), "created": False}
    assert org.Contact.get_by_custom_id(external_id, word)["Title"] == "Countess"
    upserted = collection(
        org,
        "PATCH",
        [contact(word, **{external_id: word}), contact(word, **{external_id: f"{word} new"})],
        path=f"composite/sobjects/Contact/{external_id}",
    )
    assert [outcome["created"] for outcome in upserted] == [False, True]
    assert refusal(org.Contact.get_by_custom_id, external_id, f"{word}404")[0] == 404
    assert refusal(org.Contact.upsert, f"ShoeSize/{word}", {"LastName": word})[0] in (400, 404)


def test_a_collection_has_an_outcome_for_each_row_in_order(org, word):
    rows = [contact(word), contact(None), contact(f"{word} two", Email="not an address"), contact(f"{word} three")]
    outcomes = collection(org, "POST", rows)
    assert [outcome["success"] for outcome in outcomes] == [True, False, False, True]
    errors = [[error["statusCode"] for error in outcome["errors"]] for outcome in outcomes]
    assert errors == [[], ["REQUIRED_FIELD_MISSING"], ["INVALID_EMAIL_ADDRESS"], []]
    first, last = outcomes[0]["id"], outcomes[3]["id"]
    edited = collection(
        org, "PATCH", [{"attributes": {"type": "Contact"}, "id": made, "Title": made} for made in (last, first)]
    )
    assert [outcome["id"] for outcome in edited] == [last, first]
    read = collection(
        org,
        "POST",
        path="composite/sobjects/Contact",
        allOrNone=None,
        ids=[first, "003000000000404AAA", last],
        fields=["Id", "Title"],
    )
    assert [row and row["Title"] for row in read] == [first, None, last]
    gone = org.restful("composite/sobjects", method="DELETE", params={"ids": f"{first},{last}", "allOrNone": "false"})
    assert [outcome["success"] for outcome in gone] == [True, True]


def test_all_or_none_leaves_nothing(org, word):
    outcomes = collection(org, "POST", [contact(word), contact(None)], allOrNone=True)
    codes = [error["statusCode"] for outcome in outcomes for error in outcome["errors"]]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.query(f"SELECT COUNT() FROM Contact WHERE LastName = '{word}'")["totalSize"] == 0


def test_a_collection_has_its_limit(org, word):
    assert refusal(collection, org, "POST", [contact(word)] * (MAX_COLLECTION + 1))[0] == 400
    assert org.query(f"SELECT COUNT() FROM Contact WHERE LastName = '{word}'")["totalSize"] == 0


def test_a_composite_guards_each_edit_and_reads_them_back(org, word):
    fresh, stale = create(org, f"{word} fresh"), create(org, f"{word} stale")
    stamps = {fresh: time.time() + 3600, stale: time.time() - 3600}
    steps = [
        {
            "method": "PATCH",
            "url": f"{DATA}/sobjects/Contact/{made}",
            "referenceId": f"edit{at}",
            "httpHeaders": {"If-Unmodified-Since": email.utils.formatdate(stamp, usegmt=True)},
            "body": {"Title": "guarded"},
        }
        for at, (made, stamp) in enumerate(stamps.items())
    ]
    soql = f"SELECT+Id,Title+FROM+Contact+WHERE+LastName+LIKE+'{word}%25'+ORDER+BY+LastName"
    steps.append({"method": "GET", "url": f"{DATA}/query/?q={soql}", "referenceId": "read"})
    answers = org.restful("composite", method="POST", json={"allOrNone": False, "compositeRequest": steps})[
        "compositeResponse"
    ]
    assert [(answer["referenceId"], answer["httpStatusCode"]) for answer in answers] == [
        ("edit0", 204),
        ("edit1", 412),
        ("read", 200),
    ]
    assert [row["Title"] for row in answers[2]["body"]["records"]] == ["guarded", None]


def test_a_composite_takes_an_id_from_an_earlier_step(org, word):
    steps = [
        {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "firm", "body": {"Name": word}},
        {
            "method": "POST",
            "url": f"{DATA}/sobjects/Contact",
            "referenceId": "person",
            "body": {"LastName": word, "AccountId": "@{firm.id}"},
        },
    ]
    answers = org.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": steps})[
        "compositeResponse"
    ]
    firm, person = (answer["body"]["id"] for answer in answers)
    assert org.Contact.get(person)["AccountId"] == firm


def test_a_batch_answers_each_call_for_itself(org):
    calls = [
        {"method": "GET", "url": f"v{VERSION}/limits"},
        {"method": "GET", "url": f"v{VERSION}/sobjects/Contact/003000000000404AAA"},
    ]
    answer = org.restful("composite/batch", method="POST", json={"batchRequests": calls})
    assert answer["hasErrors"] is True
    assert [result["statusCode"] for result in answer["results"]] == [200, 404]


def test_a_lead_is_given_away_unless_the_client_says_no(org, word):
    fields = {"LastName": word, "Company": word}
    mine = org.Lead.create(fields, headers={"Sforce-Auto-Assign": "FALSE"})["id"]
    given = org.Lead.create(fields)["id"]
    owner, other = org.Lead.get(mine)["OwnerId"], org.Lead.get(given)["OwnerId"]
    assert owner != other
    org.Lead.update(mine, {"Title": "x"}, headers={"Sforce-Auto-Assign": "FALSE"})
    assert org.Lead.get(mine)["OwnerId"] == owner
    org.Lead.update(mine, {"Title": "y"})
    assert org.Lead.get(mine)["OwnerId"] == other


def test_topics_and_campaigns_stand_for_tags(org, word):
    person = create(org, word)
    topic = org.Topic.create({"Name": word})["id"]
    assignment = org.TopicAssignment.create({"TopicId": topic, "EntityId": person})["id"]
    campaign = org.Campaign.create({"Name": word, "IsActive": True})["id"]
    member = org.CampaignMember.create({"CampaignId": campaign, "ContactId": person})["id"]
    assert [prefix[:3] for prefix in (topic, campaign, member)] == ["0TO", "701", "00v"]
    tags = "(SELECT Topic.Name FROM TopicAssignments), (SELECT Campaign.Name FROM CampaignMembers)"
    row = org.query(f"SELECT Id, {tags} FROM Contact WHERE Id = '{person}'")["records"][0]
    assert [tag["Topic"]["Name"] for tag in row["TopicAssignments"]["records"]] == [word]
    assert [tag["Campaign"]["Name"] for tag in row["CampaignMembers"]["records"]] == [word]
    assert org.TopicAssignment.delete(assignment) == org.CampaignMember.delete(member) == 204
    assert org.query(f"SELECT COUNT() FROM TopicAssignment WHERE EntityId = '{person}'")["totalSize"] == 0
    assert org.query(f"SELECT COUNT() FROM CampaignMember WHERE ContactId = '{person}'")["totalSize"] == 0
