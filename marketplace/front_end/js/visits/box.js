// What is kept on the phone lies in IndexedDB, each visit encrypted with a key that only the PIN gives.

const ROUNDS = 600_000;
const DATABASE = "visits";
const CHECK = "the PIN is right";

function whole(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export async function openDatabase(owner, name = DATABASE) {
  const request = indexedDB.open(`${name}-${owner}`, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("settings");
    request.result.createObjectStore("waiting", { keyPath: "id" });
  };
  const database = await whole(request);
  database.onversionchange = () => database.close(); // whoever empties the phone does not wait for this page
  return database;
}

function store(database, name, mode) {
  // strict: "kept" is said only once it would survive the phone losing power
  return database.transaction(name, mode, { durability: "strict" }).objectStore(name);
}

async function written(database, name, act) {
  const place = store(database, name, "readwrite");
  act(place);
  await new Promise((resolve, reject) => {
    place.transaction.oncomplete = resolve;
    place.transaction.onabort = place.transaction.onerror = () => reject(place.transaction.error);
  });
}

export const setting = (database, name) => whole(store(database, "settings", "readonly").get(name));
export const keepSetting = (database, name, value) => written(database, "settings", (s) => s.put(value, name));
export const hasPin = async (database) => Boolean(await setting(database, "check"));

async function keyOf(pin, salt) {
  const raw = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function sealed(key, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, data) };
}

async function opened(key, { iv, data }) {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data)));
}

export const sealBox = sealed;
export const openBox = opened;

export async function setPin(database, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const key = await keyOf(pin, salt);
  await keepSetting(database, "salt", salt);
  await keepSetting(database, "check", await sealed(key, CHECK));
  return key;
}

// null for a wrong PIN
export async function unlock(database, pin) {
  const key = await keyOf(pin, await setting(database, "salt"));
  try {
    return (await opened(key, await setting(database, "check"))) === CHECK ? key : null;
  } catch {
    return null;
  }
}

export async function keep(database, key, visit) {
  const box = await sealed(key, visit);
  await written(database, "waiting", (place) => place.put({ id: visit.id, at: visit.at, ...box }));
}

export async function waiting(database, key) {
  const boxes = await whole(store(database, "waiting", "readonly").getAll());
  const visits = await Promise.all(boxes.map((box) => opened(key, box)));
  return visits.sort((one, other) => one.at - other.at);
}

export const keepSealed = async (database, key, name, value) => keepSetting(database, name, await sealed(key, value));

export async function openSealed(database, key, name) {
  const box = await setting(database, name);
  return box ? opened(key, box) : null;
}

export const count = (database) => whole(store(database, "waiting", "readonly").count());
export const drop = (database, ids) => written(database, "waiting", (place) => ids.forEach((id) => place.delete(id)));

// the identity a phone gives itself the first time; the office takes a phone back by it
export function deviceOf(owner) {
  const name = `visits-device-${owner}`;
  let device = localStorage.getItem(name);
  if (!device) {
    device = crypto.randomUUID();
    localStorage.setItem(name, device);
  }
  return device;
}

// all that this phone kept, the pages too: nothing of it can be read afterwards
export async function emptyPhone(database, owner) {
  await wipe(database);
  localStorage.removeItem(`visits-device-${owner}`);
  localStorage.removeItem("visits-clock");
  database.close();
  indexedDB.deleteDatabase(database.name);
  for (const name of await caches.keys()) await caches.delete(name);
}

export async function wipe(database) {
  const alarms = ((await setting(database, "alarms")) ?? []).map(({ box, ...alarm }) => alarm);
  await written(database, "waiting", (place) => place.clear());
  await written(database, "settings", (place) => place.clear());
  // a report of harm that was not sent yet outlives forgotten digits, without whom it is about
  if (alarms.length) await keepSetting(database, "alarms", alarms);
}

// the share of the phone's room that is used, 0 to 1
export async function fullness() {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return quota ? usage / quota : 0;
}
