// An opener strips a layer of every bid here: the key file and its passphrase never leave this machine.
import { decrypted } from "./container.js";
import { fingerprint, unlocked } from "./keys.js";
import { ask, Refused, say, wordsOf } from "./page.js";

export function releaseOn(root) {
  const words = wordsOf(root);
  const form = root.querySelector("form");
  form.addEventListener("submit", async (event) => {
    const file = form.querySelector('input[type="file"]').files[0];
    const passphrase = form.querySelector('input[name="passphrase"]').value;
    event.preventDefault();
    if (!file || !passphrase) return say(root, words("both"), "refused");
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    try {
      say(root, words("unlocking"));
      const key = await own(file, passphrase, root.dataset.recipient, words);
      await release(root, key.identity, words);
      form.reset();
      window.location.reload();
    } catch (failure) {
      say(root, failure instanceof Refused ? failure.message : words("failed", { why: failure.message }), "refused");
      button.disabled = false;
    }
    return undefined;
  });
}

async function own(file, passphrase, recipient, words) {
  let key;
  try {
    key = await unlocked(new Uint8Array(await file.arrayBuffer()), passphrase);
  } catch {
    throw new Refused(words("locked"));
  }
  if (key.recipient !== recipient) {
    throw new Refused(words("other_key", { found: await fingerprint(key.recipient), wanted: await fingerprint(recipient) }));
  }
  return key;
}

async function release(root, identity, words) {
  const path = `${root.dataset.path}/layers?stage=${root.dataset.stage}`;
  const { bids } = await (await ask(path)).json();
  const peeled = {};
  for (const [at, bid] of bids.entries()) {
    say(root, words("peeling", { number: at + 1, count: bids.length }));
    peeled[bid.bid] = {};
    for (const [name, wrap] of Object.entries(bid.layers)) {
      try {
        peeled[bid.bid][name] = base64(await decrypted(bytes(wrap), identity));
      } catch {
        peeled[bid.bid][name] = ""; // the service names the bid, and asks the earlier opener to release again
      }
    }
  }
  const body = JSON.stringify({ stage: root.dataset.stage, peeled });
  await ask(`${root.dataset.path}/layers`, { method: "POST", body });
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function base64(content) {
  return btoa(String.fromCharCode(...content));
}
