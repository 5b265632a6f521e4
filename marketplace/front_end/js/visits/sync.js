// Send what waits: a visit keeps its identity, so whatever is sent again after a lost answer is the same visit.
import { drop, keep, keepSetting, setting, waiting } from "./box.js";
import { english } from "../sealing/page.js";

const AT_ONCE = 50;
const TRIES_KEPT = 10;

export class NotSignedIn extends Error {}
export class TakenBack extends Error {}

// whether the office took this phone back; without a network nobody knows
export async function isTakenBack(device) {
  try {
    const answer = await fetch(`/visits/device/${device}`, { headers: { accept: "application/json" }, cache: "no-store" });
    return answer.ok && (await answer.json()).must_wipe;
  } catch {
    return false;
  }
}

// the page as the service makes it now: a token that holds, and contracts as they stand
export async function freshPage(path) {
  const answer = await fetch((english ? "/en" : "") + path, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  if (new URL(answer.url).pathname !== (english ? "/en" : "") + path) throw new NotSignedIn();
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function send(token, device, visits, alarms = []) {
  const answer = await fetch((english ? "/en" : "") + "/visits/sync", {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json", "x-csrftoken": token },
    body: JSON.stringify({ device, sent_at: new Date().toISOString(), visits, alarms }),
  });
  if (answer.status === 401 || answer.redirected) throw new NotSignedIn();
  if (!answer.ok) throw new Error(String(answer.status));
  const told = await answer.json();
  if (told.must_wipe) throw new TakenBack();
  return told;
}

// what nobody waits for the digits with: harm goes alone, before the visits and also while the page is locked
export async function sendAlarms(alarms, path, device) {
  const waiting = await alarms.waiting();
  if (!waiting.length) return true;
  try {
    const page = await freshPage(path);
    const { alarms: answers } = await send(page.querySelector('input[name="_csrf_token"]').value, device, [], waiting);
    await alarms.answered(answers);
    return true;
  } catch (error) {
    if (error instanceof TakenBack) throw error;
    return false;
  }
}

// photographs go after their visit, one by one; one that is not allowed is thrown away and said
async function sendPhotos(token, photos, tried, database) {
  for (const { id, visit, data } of photos) {
    const answer = await fetch(`${english ? "/en" : ""}/visits/${visit}/photos/sync`, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json", "x-csrftoken": token },
      body: JSON.stringify({ id, data }),
    });
    if (answer.status === 401 || answer.redirected) throw new NotSignedIn();
    if (!answer.ok && ![404, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
    if (!answer.ok) tried.photos_refused += 1;
    await drop(database, [id]);
  }
}

// one try: how many were sent, recorded, refused; what was refused stays with its reasons
export async function sync(database, key, path, device) {
  const tried = { at: Date.now(), sent: 0, recorded: 0, refused: 0, photos_refused: 0, failure: "" };
  try {
    const page = await freshPage(path);
    const token = page.querySelector('input[name="_csrf_token"]').value;
    const kept = await waiting(database, key);
    const all = kept.filter((visit) => !visit.photo && !visit.mistakes);
    // also with nothing to send: the office knows the phone from then on, and the phone hears whether it was taken back
    for (let from = 0; from === 0 || from < all.length; from += AT_ONCE) {
      const part = all.slice(from, from + AT_ONCE);
      const answers = new Map((await send(token, device, part.map(({ at, recorded, ...points }) => points))).visits.map((a) => [a.id, a]));
      tried.sent += part.length;
      // a photograph follows its visit to the identity under which another phone sent it
      for (const photo of kept.filter(({ visit }) => visit && answers.get(visit)?.same_as)) {
        photo.visit = answers.get(photo.visit).same_as;
        await keep(database, key, photo);
      }
      await drop(database, part.filter(({ id }) => answers.get(id)?.is_recorded).map(({ id }) => id));
      for (const visit of part) {
        const answer = answers.get(visit.id);
        if (answer?.is_recorded) tried.recorded += 1;
        else if (answer) {
          tried.refused += 1;
          await keep(database, key, { ...visit, mistakes: answer.mistakes, recorded: answer.recorded });
        }
      }
    }
    const still = new Set((await waiting(database, key)).filter(({ photo }) => !photo).map(({ id }) => id));
    await sendPhotos(token, kept.filter(({ photo, visit }) => photo && !still.has(visit)), tried, database);
  } catch (error) {
    if (error instanceof TakenBack) throw error;
    tried.failure = error instanceof NotSignedIn ? "signed_out" : "offline";
  }
  const tries = [tried, ...((await setting(database, "tries")) ?? [])].slice(0, TRIES_KEPT);
  await keepSetting(database, "tries", tries);
  if (!tried.failure) await keepSetting(database, "last_sync", tried.at);
  return tried;
}
