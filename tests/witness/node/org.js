"use strict";
// jsforce, pointed at the simulated org.

const { randomBytes } = require("node:crypto");
const dns = require("node:dns");
const jsforce = require("jsforce");

const VERSION = "62.0";
const REDIRECT = "http://127.0.0.1:8765/callback";

// Nobody talks to the vendor: a library that forgets where it was pointed fails here and sends nothing.
const resolve = dns.lookup;
dns.lookup = (host, ...others) => {
    if (host !== "127.0.0.1" && host !== "localhost") throw new Error(`a witness wants to talk to ${host}`);
    return resolve(host, ...others);
};

function oauth2(app, more = {}) {
    return {
        loginUrl: app.login_url,
        clientId: app.client_id,
        clientSecret: app.client_secret,
        redirectUri: REDIRECT,
        ...more,
    };
}

/** In with an access token, or with what `more` says instead. */
function connect(app, more = {}) {
    return new jsforce.Connection({
        instanceUrl: app.instance_url,
        accessToken: app.access_token,
        oauth2: oauth2(app),
        version: VERSION,
        ...more,
    });
}

/** A word that no contact of the sandbox has. */
function word() {
    return `w${randomBytes(6).toString("hex")}`;
}

module.exports = { VERSION, REDIRECT, oauth2, connect, word };
