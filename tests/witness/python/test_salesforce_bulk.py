"""simple-salesforce drives Bulk API 2.0, by its own handling of jobs."""

import csv
import io

import pytest
from salesforce_org import with_token

ROWS = 2500
WAIT_SECONDS = 1


@pytest.fixture(scope="module")
def org(apps):
    return with_token(apps["salesforce"])


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def run(operation, records):
    (job,) = operation(records=records, wait=WAIT_SECONDS)
    return job


def test_many_rows_go_in_and_each_has_its_outcome(org, word):
    records = [{"LastName": f"{word} {at}", "Description": 'a "quoted", two\nlined text'} for at in range(ROWS - 1)]
    job = run(org.bulk2.Contact.insert, [*records, {"LastName": "x" * 81, "Description": ""}])
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (ROWS, 1)
    good = rows(org.bulk2.Contact.get_successful_records(job["job_id"]))
    assert {row["LastName"] for row in good} == {record["LastName"] for record in records}
    assert all(len(row["sf__Id"]) == 18 and row["sf__Created"] == "true" for row in good)
    (bad,) = rows(org.bulk2.Contact.get_failed_records(job["job_id"]))
    assert bad["sf__Error"].startswith("STRING_TOO_LONG") and bad["sf__Id"] == ""
    assert rows(org.bulk2.Contact.get_unprocessed_records(job["job_id"])) == []
    kept = org.query(f"SELECT Description FROM Contact WHERE Id = '{good[0]['sf__Id']}'")["records"][0]
    assert kept["Description"].replace("\r\n", "\n") == records[0]["Description"]


def test_an_empty_cell_keeps_and_a_marked_one_clears(org, word):
    kept, cleared = (org.Contact.create({"LastName": f"{word} {at}", "Title": "Countess"})["id"] for at in range(2))
    records = [
        {"Id": kept, "Title": "", "Department": "Numbers"},
        {"Id": cleared, "Title": "#N/A", "Department": "Numbers"},
    ]
    job = run(org.bulk2.Contact.update, records)
    assert job["numberRecordsFailed"] == 0
    read = {made: org.Contact.get(made) for made in (kept, cleared)}
    assert [read[made]["Title"] for made in (kept, cleared)] == ["Countess", None]
    assert {row["Department"] for row in read.values()} == {"Numbers"}


def test_rows_are_deleted_by_id(org, word):
    made = [org.Contact.create({"LastName": f"{word} {at}"})["id"] for at in range(3)]
    job = run(org.bulk2.Contact.delete, [{"Id": each} for each in made])
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 0)
    assert org.query(f"SELECT COUNT() FROM Contact WHERE LastName LIKE '{word}%'")["totalSize"] == 0


def test_a_query_comes_back_in_pieces(org, word):
    wanted = {org.Contact.create({"LastName": f"{word} {at}", "Title": "line\nbreak"})["id"] for at in range(25)}
    soql = f"SELECT Id, LastName, Title, Email FROM Contact WHERE LastName LIKE '{word}%'"
    pieces = list(org.bulk2.Contact.query(soql, max_records=10, wait=WAIT_SECONDS))
    assert len(pieces) == 3
    found = [row for piece in pieces for row in rows(piece)]
    assert len(found) == len(wanted) and {row["Id"] for row in found} == wanted
    assert all(row["Title"].replace("\r\n", "\n") == "line\nbreak" and row["Email"] == "" for row in found)


def test_deleted_rows_are_in_a_query_of_all(org, word):
    made = org.Contact.create({"LastName": word})["id"]
    org.Contact.delete(made)
    soql = f"SELECT Id, IsDeleted FROM Contact WHERE LastName = '{word}'"
    (piece,) = org.bulk2.Contact.query_all(soql, wait=WAIT_SECONDS)
    assert rows(piece) == [{"Id": made, "IsDeleted": "true"}]
