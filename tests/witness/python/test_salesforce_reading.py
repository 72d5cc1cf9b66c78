"""simple-salesforce reads: describe, queries page by page, what was updated and deleted, limits."""

import datetime
import re

import pytest
import requests
from salesforce_org import TIMEOUT_SECONDS, VERSION, collection, contact, refusal, with_token
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.format import format_soql

MAX_PAGE_ROWS = 2000
ROWS_TOGETHER = 200


@pytest.fixture(scope="module")
def org(apps):
    return with_token(apps["salesforce"])


def create(org, last_name, **fields):
    return org.Contact.create({"LastName": last_name, **fields})["id"]


def ids(answer):
    return [record["Id"] for record in answer["records"]]


def test_the_versions_are_told_to_anybody(apps):
    versions = requests.get(f"{apps['salesforce']['instance_url']}/services/data/", timeout=TIMEOUT_SECONDS).json()
    assert {"version": VERSION, "url": f"/services/data/v{VERSION}"}.items() <= next(
        version for version in versions if version["version"] == VERSION
    ).items()


def test_limits_count_the_calls(org):
    first, second = (org.limits()["DailyApiRequests"] for _ in range(2))
    assert set(first) >= {"Max", "Remaining"}
    assert second["Remaining"] < first["Remaining"] <= first["Max"]
    usage = org.api_usage["api-usage"]
    assert usage.used > 0 and usage.total == first["Max"]


# What an object and its fields tell of themselves:
# https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_describesobjects_describesobjectresult.htm
OBJECT_KEYS = {
    "actionOverrides", "activateable", "childRelationships", "compactLayoutable", "createable", "custom",
    "customSetting", "deepCloneable", "deletable", "deprecatedAndHidden", "feedEnabled", "fields", "hasSubtypes",
    "isInterface", "isSubtype", "keyPrefix", "label", "labelPlural", "layoutable", "listviewable",
    "lookupLayoutable", "mergeable", "mruEnabled", "name", "namedLayoutInfos", "networkScopeFieldName", "queryable",
    "recordTypeInfos", "replicateable", "retrieveable", "searchLayoutable", "searchable", "supportedScopes",
    "triggerable", "undeletable", "updateable", "urls",
}  # fmt: skip
FIELD_KEYS = {
    "aggregatable", "aiPredictionField", "autoNumber", "byteLength", "calculated", "calculatedFormula", "cascadeDelete",
    "caseSensitive", "compoundFieldName", "controllerName", "createable", "custom", "defaultValue",
    "defaultValueFormula", "defaultedOnCreate", "dependentPicklist", "deprecatedAndHidden", "digits",
    "displayLocationInDecimal", "encrypted", "externalId", "extraTypeInfo", "filterable", "filteredLookupInfo",
    "formulaTreatNullNumberAsZero", "groupable", "highScaleNumber", "htmlFormatted", "idLookup", "inlineHelpText",
    "label", "length", "mask", "maskType", "name", "nameField", "namePointing", "nillable", "permissionable",
    "picklistValues", "polymorphicForeignKey", "precision", "queryByDistance", "referenceTargetField", "referenceTo",
    "relationshipName", "relationshipOrder", "restrictedDelete", "restrictedPicklist", "scale", "searchPrefilterable",
    "soapType", "sortable", "type", "unique", "updateable", "writeRequiresMasterRead",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "prefix", "required"), [("Contact", "003", {"LastName"}), ("Lead", "00Q", {"LastName", "Company"})]
)
def test_an_object_describes_itself(org, kind, prefix, required):
    described = getattr(org, kind).describe()
    assert (described["name"], described["keyPrefix"]) == (kind, prefix)
    assert described["createable"] and described["updateable"] and described["deletable"] and described["queryable"]
    assert OBJECT_KEYS <= set(described)
    fields = {field["name"]: field for field in described["fields"]}
    for name, field in fields.items():
        assert not FIELD_KEYS ^ set(field), name
    needed = {
        name
        for name, field in fields.items()
        if not field["nillable"] and field["createable"] and not field["defaultedOnCreate"]
    }
    assert needed == required
    assert (fields["Email"]["type"], fields["Email"]["length"]) == ("email", 80)
    assert not fields["Name"]["createable"] and not fields["Name"]["updateable"]
    assert {fields[part]["compoundFieldName"] for part in ("FirstName", "LastName", "Salutation")} == {"Name"}
    source = fields["LeadSource"]
    assert source["type"] == "picklist" and all(
        set(value) == {"active", "defaultValue", "label", "validFor", "value"} for value in source["picklistValues"]
    )
    assert fields["HasOptedOutOfEmail"]["type"] == "boolean" and not fields["SystemModstamp"]["updateable"]


def test_the_org_names_its_objects(org):
    described = org.describe()
    assert described["encoding"] == "UTF-8" and described["maxBatchSize"] == 200
    assert {"Contact", "Lead", "Account", "Campaign", "CampaignMember", "Topic", "TopicAssignment"} <= {
        each["name"] for each in described["sobjects"]
    }
    assert org.Contact.metadata()["objectDescribe"]["name"] == "Contact"


def test_an_object_that_is_not_there_is_not_found(org):
    assert refusal(org.Unicorn.describe) == (404, {"NOT_FOUND": []})


def test_a_row_is_read_with_its_kind_and_long_id(org, word):
    made = create(org, word, FirstName="Ada", Email=f"{word}@mail.example")
    row = org.Contact.get(made)
    assert row["attributes"] == {"type": "Contact", "url": f"/services/data/v{VERSION}/sobjects/Contact/{made}"}
    assert (row["Id"], row["Name"], row["Email"]) == (made, f"Ada {word}", f"{word}@mail.example")
    assert len(made) == 18 and org.Contact.get(made[:15])["Id"] == made
    for stamp in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", row[stamp])


def test_pages_hold_each_row_once(org, word):
    wanted = 450
    made = []
    for at in range(0, wanted, ROWS_TOGETHER):
        rows = [contact(f"{word} {number}") for number in range(at, min(at + ROWS_TOGETHER, wanted))]
        made += [outcome["id"] for outcome in collection(org, "POST", rows)]
    org.headers["Sforce-Query-Options"] = "batchSize=200"
    try:
        page = org.query(f"SELECT Id FROM Contact WHERE LastName LIKE '{word}%' ORDER BY Id")
        assert page["totalSize"] == wanted and not page["done"]
        found = ids(page)
        pages = 1
        while not page["done"]:
            assert page["nextRecordsUrl"].startswith(f"/services/data/v{VERSION}/query/")
            page = org.query_more(page["nextRecordsUrl"], identifier_is_url=True)
            found += ids(page)
            pages += 1
        assert pages >= 3 and "nextRecordsUrl" not in page
        assert found == sorted(made)
        assert sorted(ids(org.query_all(f"SELECT Id FROM Contact WHERE LastName LIKE '{word}%'"))) == sorted(made)
    finally:
        del org.headers["Sforce-Query-Options"]


def test_a_lost_cursor_is_said(org):
    codes = refusal(org.query_more, "01gD0000002HU6KIAW-2000")[1]
    assert list(codes) == ["INVALID_QUERY_LOCATOR"]


@pytest.mark.parametrize(
    "name", ["O'Brien", "back\\slash", "both\\'", "percent%under_", 'double"quote', "日本語", "new\nline"]
)
def test_a_value_is_found_by_itself_alone(org, word, name):
    made = create(org, f"{word} {name}")
    create(org, f"{word} other")
    assert ids(org.query(format_soql("SELECT Id FROM Contact WHERE LastName = {}", f"{word} {name}"))) == [made]
    assert ids(org.query(format_soql("SELECT Id FROM Contact WHERE LastName LIKE '{:like}%'", f"{word} {name}"))) == [
        made
    ]


def test_the_language_of_queries(org, word):
    """Each condition against the three contacts of which the first, the second or both are meant."""
    account = org.Account.create({"Name": f"{word} Ltd"})["id"]
    ada = create(
        org,
        f"{word} a",
        FirstName="Ada",
        Email=f"ada.{word}@mail.example",
        AccountId=account,
        Title="Countess",
        Birthdate="1815-12-10",
    )
    bob = create(org, f"{word} b", FirstName="Bob", HasOptedOutOfEmail=True)
    both = [ada, bob]
    table = {
        "Title = 'countess'": [ada],
        "Title != 'Countess'": [bob],
        "Email = null": [bob],
        "Email != null": [ada],
        "HasOptedOutOfEmail = true": [bob],
        f"Id IN ('{ada}', '{bob}')": both,
        f"Id NOT IN ('{ada}')": [bob],
        f"Id > '{ada}'": [bob] if bob > ada else [],
        "FirstName LIKE 'A_a'": [ada],
        "FirstName LIKE '%b'": [bob],
        "NOT FirstName LIKE 'A%'": [bob],
        "FirstName = 'Ada' OR FirstName = 'Bob'": both,
        "FirstName = 'Ada' AND Email = null": [],
        "(FirstName = 'Ada' OR FirstName = 'Bob') AND (NOT Title = 'Countess')": [bob],
        "Birthdate = 1815-12-10": [ada],
        "Birthdate < 1900-01-01": [ada],
        "SystemModstamp > 2020-01-01T00:00:00Z": both,
        "CreatedDate < 2020-01-01T00:00:00.000+01:00": [],
        f"Account.Name = '{word} Ltd'": [ada],
        f"AccountId IN (SELECT Id FROM Account WHERE Name = '{word} Ltd')": [ada],
        "Id IN (SELECT ConvertedContactId FROM Lead WHERE IsConverted = true)": [],
    }
    for condition, expected in table.items():
        soql = f"SELECT Id FROM Contact WHERE LastName LIKE '{word}%' AND ({condition}) ORDER BY LastName"
        assert ids(org.query(soql)) == expected, condition
    whose = f"WHERE LastName LIKE '{word}%'"
    assert org.query(f"SELECT COUNT() FROM Contact {whose}")["totalSize"] == 2
    assert ids(org.query(f"SELECT Id FROM Contact {whose} ORDER BY Title DESC NULLS LAST")) == both
    assert ids(org.query(f"SELECT Id FROM Contact {whose} ORDER BY Title ASC NULLS FIRST, Id")) == [bob, ada]
    assert ids(org.query(f"SELECT Id FROM Contact {whose} ORDER BY LastName LIMIT 1 OFFSET 1")) == [bob]
    named = org.query(f"select id, account.name from contact {whose} order by lastname")["records"]
    assert [record["Account"] and record["Account"]["Name"] for record in named] == [f"{word} Ltd", None]


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Contact WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = 'open", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE SystemModstamp > '2020-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT ShoeSize FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE ShoeSize = 42", "INVALID_FIELD"),
        ("SELECT Id FROM Unicorn", "INVALID_TYPE"),
        ("DELETE FROM Contact", "MALFORMED_QUERY"),
    ],
)
def test_a_wrong_query_is_refused_by_code(org, soql, code):
    status, codes = refusal(org.query, soql)
    assert (status, list(codes)) == (400, [code])


def test_deleted_rows_are_seen_by_who_asks_for_all(org, word):
    made = create(org, word)
    org.Contact.delete(made)
    soql = f"SELECT Id, IsDeleted, MasterRecordId FROM Contact WHERE LastName = '{word}'"
    assert org.query(soql)["totalSize"] == 0
    (record,) = org.query(soql, include_deleted=True)["records"]
    assert (record["Id"], record["IsDeleted"], record["MasterRecordId"]) == (made, True, None)


def test_what_was_updated_and_deleted_is_told_by_the_minute(org, word):
    kept, dropped = create(org, f"{word} kept"), create(org, f"{word} dropped")
    org.Contact.delete(dropped)
    now = datetime.datetime.now(datetime.timezone.utc)
    start, end = now - datetime.timedelta(minutes=30), now + datetime.timedelta(minutes=2)
    updated = org.Contact.updated(start, end)
    assert kept in updated["ids"] and updated["latestDateCovered"]
    deleted = org.Contact.deleted(start, end)
    assert dropped in [record["id"] for record in deleted["deletedRecords"]]
    assert deleted["earliestDateAvailable"] and deleted["latestDateCovered"]
    long_ago = now - datetime.timedelta(days=31)
    assert "INVALID_REPLICATION_DATE" in refusal(org.Contact.updated, long_ago, end)[1]


def test_a_query_too_long_for_a_url_is_refused(org):
    with pytest.raises(SalesforceError) as refused:
        org.query("SELECT Id FROM Contact WHERE Email IN ('" + "x" * 17_000 + "')")
    assert refused.value.status == 414
