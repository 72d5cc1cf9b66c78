"""A running `syntony sandbox`, and where its apps are.

The runner starts one sandbox for all witnesses. A witness that wants something to go wrong starts another one with
that fault in it, so that nobody else meets the fault.
"""

import json
import os
import pathlib
import select
import subprocess
from contextlib import contextmanager

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 20
CONTACTS = 60


def shared():
    """The description of the sandbox that the runner started: one entry for each app."""
    return json.loads(pathlib.Path(os.environ["WITNESS_SANDBOX"]).read_text(encoding="utf-8"))


@contextmanager
def with_faults(faults, contacts=CONTACTS):
    """A sandbox of one's own in which these faults happen (the grammar is that of `syntony sandbox --faults`)."""
    command = [os.environ["WITNESS_SYNTONY"], "sandbox", "--json", "--contacts", str(contacts), "--faults", faults]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        yield _description(process.stdout)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _description(output):
    """Reads what the sandbox prints until it is a whole document; the sandbox then goes on without a word."""
    text = b""
    while select.select([output], [], [], START_TIMEOUT_SECONDS)[0]:
        piece = os.read(output.fileno(), 65_536)
        if not piece:
            break
        text += piece
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            continue
    raise RuntimeError("the sandbox did not say where it is")
