"use strict";
// jsforce gets in, and is kept out: consent with a verifier, refresh, client credentials, revocation.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const jsforce = require("jsforce");
const { shared, withFaults } = require("./sandbox");
const { REDIRECT, VERSION, connect, oauth2 } = require("./org");

const app = () => shared().salesforce;

/** A person says yes in the browser; the code that the browser is sent back with. */
async function consent(connection) {
    const address = connection.oauth2.getAuthorizationUrl({ scope: "api refresh_token", state: "s1" });
    const answer = await fetch(address, { redirect: "manual" });
    assert.equal(answer.status, 302);
    const back = new URL(answer.headers.get("location"));
    assert.equal(`${back.origin}${back.pathname}`, REDIRECT);
    assert.equal(back.searchParams.get("state"), "s1");
    return back.searchParams.get("code");
}

function stranger(more) {
    return new jsforce.Connection({
        loginUrl: app().login_url,
        version: VERSION,
        oauth2: oauth2(app(), { useVerifier: true }),
        ...more,
    });
}

test("a code with its verifier opens the org, once", async () => {
    const connection = stranger();
    const code = await consent(connection);
    const user = await connection.authorize(code);
    assert.match(user.organizationId, /^00D\w{15}$/);
    assert.match(user.id, /^005\w{15}$/);
    assert.ok(connection.refreshToken);
    assert.equal(connection.instanceUrl, app().instance_url);
    assert.ok((await connection.query("SELECT COUNT() FROM Contact")).totalSize > 0);
    await assert.rejects(connection.authorize(code), { name: "invalid_grant" });
});

test("a code without its verifier is refused", async () => {
    const connection = stranger();
    const code = await consent(connection);
    connection.oauth2.codeVerifier = "a-verifier-that-somebody-else-made-up-0123456789";
    await assert.rejects(connection.authorize(code), { name: "invalid_grant" });
});

test("the identity is told", async () => {
    const connection = stranger();
    const user = await connection.authorize(await consent(connection));
    const identity = await connection.identity();
    assert.equal(identity.user_id, user.id);
    assert.equal(identity.organization_id, user.organizationId);
});

test("a refresh token renews the session on the way, and stays the same", async () => {
    const renewed = [];
    const connection = connect(app(), { accessToken: "00D000000000000!expired", refreshToken: app().refresh_token });
    connection.on("refresh", (token) => renewed.push(token));
    assert.ok((await connection.query("SELECT COUNT() FROM Contact")).totalSize > 0);
    assert.equal(renewed.length, 1);
    assert.equal(connection.refreshToken, app().refresh_token);
});

test("without a refresh token a wrong session is refused", async () => {
    const connection = connect(app(), { accessToken: "00D000000000000!wrong", oauth2: undefined });
    await assert.rejects(connection.limits(), { errorCode: "INVALID_SESSION_ID" });
});

test("a wrong refresh token is refused", async () => {
    const { oauth2: client } = connect(app());
    await assert.rejects(client.refreshToken("wrong"), { name: "invalid_grant" });
});

test("a wrong client is refused", async () => {
    const client = new jsforce.OAuth2(oauth2(app(), { clientSecret: "wrong" }));
    await assert.rejects(client.refreshToken(app().refresh_token), { name: /^invalid_client/ });
});

test("the app gets in by itself", async () => {
    const connection = new jsforce.Connection({
        loginUrl: app().login_url,
        version: VERSION,
        oauth2: oauth2(app(), { redirectUri: undefined }),
    });
    await connection.authorize({ grant_type: "client_credentials" });
    assert.equal(connection.refreshToken, undefined);
    assert.ok((await connection.limits()).DailyApiRequests.Max > 0);
});

test("a revoked refresh token opens nothing, nor does what it gave", async () => {
    await withFaults("lag=0", async ({ salesforce }) => {
        const connection = connect(salesforce, { refreshToken: salesforce.refresh_token });
        await connection.oauth2.revokeToken(salesforce.refresh_token);
        await assert.rejects(connection.oauth2.refreshToken(salesforce.refresh_token), { name: "invalid_grant" });
        await assert.rejects(connect(salesforce, { oauth2: undefined }).limits(), { errorCode: "INVALID_SESSION_ID" });
    });
});
