"use strict";
// jsforce reads and writes rows: describe, pages, single rows, collections, upserts, changes.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const jsforce = require("jsforce");
const { shared, withFaults } = require("./sandbox");
const { connect, word } = require("./org");

const MAX_COLLECTION = 200;
const MINUTE_MS = 60_000;

const org = connect(shared().salesforce);
const contacts = org.sobject("Contact");

async function created(fields) {
    const { id, success } = await contacts.create(fields);
    assert.equal(success, true);
    return id;
}

test("an object describes itself", async () => {
    const described = await contacts.describe();
    assert.equal(described.keyPrefix, "003");
    const name = described.fields.find((field) => field.name === "LastName");
    assert.deepEqual([name.type, name.length, name.nillable, name.createable], ["string", 80, false, true]);
    const sobjects = (await org.describeGlobal()).sobjects.map((each) => each.name);
    assert.ok(["Contact", "Lead", "Account"].every((each) => sobjects.includes(each)));
});

test("limits are told, and the usage on every answer", async () => {
    const { DailyApiRequests } = await org.limits();
    assert.ok(DailyApiRequests.Remaining < DailyApiRequests.Max);
    assert.equal(org.limitInfo.apiUsage.limit, DailyApiRequests.Max);
});

test("a row is created, read, edited, deleted", async () => {
    const name = word();
    const id = await created({ LastName: name, Title: "Countess" });
    assert.deepEqual(await contacts.update({ Id: id, Title: null }), { id, success: true, errors: [] });
    const row = await contacts.retrieve(id);
    assert.equal(row.Title, null);
    assert.equal(row.attributes.type, "Contact");
    assert.deepEqual(await contacts.destroy(id), { id, success: true, errors: [] });
    assert.equal(await contacts.count({ LastName: name }), 0);
});

test("a refusal has a code", async () => {
    await assert.rejects(contacts.create({ FirstName: "Ada" }), { errorCode: "REQUIRED_FIELD_MISSING" });
    await assert.rejects(contacts.create({ LastName: "x", Email: "no address" }), {
        errorCode: "INVALID_EMAIL_ADDRESS",
    });
    await assert.rejects(contacts.retrieve("003000000000404AAA"), { errorCode: "NOT_FOUND" });
    await assert.rejects(org.query("SELECT ShoeSize FROM Contact"), { errorCode: "INVALID_FIELD" });
    await assert.rejects(org.query("SELECT Id FROM"), { errorCode: "MALFORMED_QUERY" });
});

test("collections keep the order and tell of each row, and pages hold each row once", async () => {
    const name = word();
    const rows = Array.from({ length: 2 * MAX_COLLECTION + 50 }, (_, at) => ({
        LastName: `${name} ${String(at).padStart(3, "0")}`,
    }));
    rows[7] = { FirstName: "nobody" };
    const outcomes = await contacts.create(rows, { allowRecursive: true });
    assert.equal(outcomes.length, rows.length);
    assert.deepEqual(
        outcomes.flatMap((outcome, at) => (outcome.success ? [] : [at])),
        [7],
    );
    assert.equal(outcomes[7].errors[0].errorCode ?? outcomes[7].errors[0].statusCode, "REQUIRED_FIELD_MISSING");

    const ids = outcomes.filter((outcome) => outcome.success).map((outcome) => outcome.id);
    const soql = `SELECT Id, LastName FROM Contact WHERE LastName LIKE '${name}%' ORDER BY LastName`;
    const found = await org.query(soql, {
        autoFetch: true,
        maxFetch: 10_000,
        headers: { "Sforce-Query-Options": "batchSize=200" },
    });
    assert.equal(found.totalSize, ids.length);
    assert.deepEqual(
        found.records.map((record) => record.Id),
        ids,
    );

    const edited = await contacts.update(
        ids.map((Id) => ({ Id, Title: Id })),
        { allowRecursive: true },
    );
    assert.deepEqual(
        edited.map((outcome) => outcome.id),
        ids,
    );
    const read = await contacts.retrieve(ids.slice(0, MAX_COLLECTION), { allowRecursive: true });
    assert.deepEqual(
        read.map((row) => row.Title),
        ids.slice(0, MAX_COLLECTION),
    );
    const gone = await contacts.destroy(ids, { allowRecursive: true });
    assert.ok(gone.every((outcome) => outcome.success));
    assert.equal(await contacts.count({ LastName: { $like: `${name}%` } }), 0);
    const all = await org.query(soql, { scanAll: true, autoFetch: true, maxFetch: 10_000 });
    assert.equal(all.records.length, ids.length);
});

test("pages are fetched one by one too", async () => {
    const headers = { "Sforce-Query-Options": "batchSize=200" };
    await contacts.create(
        Array.from({ length: 2 * MAX_COLLECTION + 1 }, () => ({ LastName: word() })),
        { allowRecursive: true },
    );
    const seen = new Set();
    let page = await org.query("SELECT Id FROM Contact", { headers, autoFetch: false });
    for (;;) {
        for (const record of page.records) {
            assert.ok(!seen.has(record.Id));
            seen.add(record.Id);
        }
        if (page.done) break;
        page = await org.queryMore(page.nextRecordsUrl);
    }
    assert.equal(seen.size, page.totalSize);
});

test("an upsert finds by the outsider's id", async () => {
    const key = (await contacts.describe()).fields.find((field) => field.externalId)?.name;
    assert.ok(key, "the sandbox's org has no external id on contacts");
    const [one, two] = [word(), word()];
    const first = await contacts.upsert(
        [
            { LastName: one, [key]: one },
            { LastName: two, [key]: two },
        ],
        key,
    );
    assert.deepEqual(
        first.map((outcome) => outcome.created),
        [true, true],
    );
    const second = await contacts.upsert({ Title: "Countess", [key]: one }, key);
    assert.equal(second.success, true);
    assert.equal((await contacts.retrieve(first[0].id)).Title, "Countess");
});

test("what was updated and deleted is told", async () => {
    const [kept, dropped] = [await created({ LastName: word() }), await created({ LastName: word() })];
    await contacts.destroy(dropped);
    const [start, end] = [new Date(Date.now() - 30 * MINUTE_MS), new Date(Date.now() + 2 * MINUTE_MS)];
    assert.ok((await contacts.updated(start, end)).ids.includes(kept));
    const { deletedRecords } = await contacts.deleted(start, end);
    assert.ok(deletedRecords.some((record) => record.id === dropped));
});

test("jsforce's own query builder is understood", async () => {
    const name = word();
    const anHourAgo = jsforce.SfDate.toDateTimeLiteral(new Date(Date.now() - 60 * MINUTE_MS));
    await created({ LastName: name, Title: "it's", HasOptedOutOfEmail: true });
    const found = await contacts
        .find(
            { LastName: name, Title: "it's", HasOptedOutOfEmail: true, CreatedDate: { $gt: anHourAgo } },
            "Id, Name, Account.Name",
        )
        .sort({ CreatedDate: -1 })
        .limit(5);
    assert.deepEqual(
        found.map((row) => [row.Name, row.Account]),
        [[name, null]],
    );
});

test("a busy org is asked again by the client", async () => {
    await withFaults("503*2", async ({ salesforce }) => {
        assert.ok((await connect(salesforce).query("SELECT COUNT() FROM Contact")).totalSize > 0);
    });
});
