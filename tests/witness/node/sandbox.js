"use strict";
// A running `syntony sandbox`, and where its apps are: what python/sandbox.py is for the Python witnesses.

const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { once } = require("node:events");

const CONTACTS = "60";

/** The description of the sandbox that the runner started: one entry for each app. */
function shared() {
    return JSON.parse(readFileSync(process.env.WITNESS_SANDBOX, "utf8"));
}

/** Runs `examine` with a sandbox of one's own in which these faults happen. */
async function withFaults(faults, examine) {
    const args = ["sandbox", "--json", "--contacts", CONTACTS, "--faults", faults];
    const child = spawn(process.env.WITNESS_SYNTONY, args, { stdio: ["ignore", "pipe", "inherit"] });
    try {
        await examine(await description(child.stdout));
    } finally {
        child.kill("SIGTERM");
        if (child.exitCode === null) await once(child, "exit");
    }
}

/** Reads what the sandbox prints until it is a whole document; the sandbox then goes on without a word. */
async function description(output) {
    let text = "";
    for await (const piece of output.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
        text += piece;
        try {
            return JSON.parse(text);
        } catch {
            // There is more to come.
        }
    }
    throw new Error("the sandbox did not say where it is");
}

module.exports = { shared, withFaults };
