"use strict";
// jsforce drives Bulk API 2.0: uploads in chunks of unknown length, results by the paths it spells its own way.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { shared } = require("./sandbox");
const { connect, word } = require("./org");

const ROWS = 2_100;
const PATIENCE = { pollTimeout: 60_000, pollInterval: 200 };

const org = connect(shared().salesforce);

function load(operation, input) {
    return org.bulk2.loadAndWaitForResults({ object: "Contact", operation, input, ...PATIENCE });
}

test("many rows go in, and each has its outcome", async () => {
    const name = word();
    const input = Array.from({ length: ROWS }, (_, at) => ({
        LastName: `${name} ${at}`,
        Description: 'a "quoted", text',
        Email: "",
    }));
    input[3].Email = "no address";
    const { successfulResults, failedResults, unprocessedRecords } = await load("insert", input);
    assert.equal(successfulResults.length, ROWS - 1);
    assert.equal(new Set(successfulResults.map((row) => row.sf__Id)).size, ROWS - 1);
    assert.deepEqual(
        failedResults.map((row) => row.LastName),
        [`${name} 3`],
    );
    assert.match(failedResults[0].sf__Error, /^INVALID_EMAIL_ADDRESS/);
    assert.equal(unprocessedRecords.length, 0);
});

test("null clears, and what is left out stays", async () => {
    const contacts = org.sobject("Contact");
    const { id } = await contacts.create({ LastName: word(), Title: "Countess", Department: "Numbers" });
    const { successfulResults } = await load("update", [{ Id: id, Title: null }]);
    assert.equal(successfulResults.length, 1);
    const row = await contacts.retrieve(id);
    assert.deepEqual([row.Title, row.Department], [null, "Numbers"]);
});

test("a query comes back whole, in as many pieces as it takes", async () => {
    const name = word();
    await org.sobject("Contact").create(Array.from({ length: 150 }, (_, at) => ({ LastName: `${name} ${at}` })));
    org.bulk2.pollTimeout = PATIENCE.pollTimeout;
    const records = await org.bulk2.query(`SELECT Id, LastName FROM Contact WHERE LastName LIKE '${name}%'`);
    const found = [];
    for await (const record of records) found.push(record);
    assert.equal(new Set(found.map((record) => record.Id)).size, 150);
});

test("a job that nobody starts can be given up", async () => {
    const job = org.bulk2.createJob({ object: "Contact", operation: "insert" });
    const { state } = await job.open();
    assert.equal(state, "Open");
    await job.uploadData([{ LastName: word() }]);
    await job.abort();
    assert.equal((await job.check()).state, "Aborted");
    await job.delete();
});
