// The page of visits recorded without a network: PIN, form, what waits, what the last tries came to.
import { count, deviceOf, drop, emptyPhone, fullness, hasPin, keep, openDatabase, setPin, setting, unlock, waiting, wipe } from "./box.js";
import { isTakenBack, sendAlarms, sync, TakenBack } from "./sync.js";
import { alarmsOn } from "./alarms.js";
import { shrunk } from "./photos.js";
import { extrasOn } from "./extras.js";
import { fetchToday, keepRunning, keepToday, runningOf, todayOf } from "./today.js";
import { english, showMistakes, wordsOf } from "../sealing/page.js";

const PATH = "/visits/offline";
const FULL = 0.9;
const NAMES = ["contract", "recipient_code", "is_group", "town", "village", "day", "begins", "ends", "note"];
const POINTS = ["contract", "recipient_code", "town", "village", "day", "begins", "ends"];

export async function recordOn(root) {
  const words = wordsOf(root);
  const plan = JSON.parse(root.dataset.plan);
  const offset = offsetBy(plan.now);
  const database = await openDatabase(plan.owner);
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const field = (name) => root.querySelector(`#field-${name}`);
  const countyNow = () => new Date(Date.now() + offset);
  const device = deviceOf(plan.owner);
  let key = null;
  let running = null;

  const tell = (sentence, tone = "running") => {
    const place = part("said");
    place.hidden = !sentence;
    place.className = `now now--${tone}`;
    place.querySelector("p").textContent = sentence;
  };
  const spoken = { timeZone: "Asia/Shanghai", month: "long", day: "numeric", weekday: "short" };
  const clock = (at) => new Date(at + offset).toLocaleString(english ? "en-GB" : "zh-CN", { ...spoken, hour: "2-digit", minute: "2-digit" });

  async function giveBack() {
    await emptyPhone(database, plan.owner);
    key = null;
    part("lock").hidden = part("desk").hidden = true;
    part("waiting").replaceChildren();
    tell(words("taken_back"), "refused");
  }
  if (navigator.onLine && await isTakenBack(device)) return giveBack();

  // --- harm and crisis: before the digits, before everything that waits --------
  const alarms = alarmsOn(root, words, plan, database, offset);
  async function raise() {
    alarms.know(key, running);
    try {
      if (!await sendAlarms(alarms, PATH, device)) tell(words("alarm_offline"), "refused");
    } catch (error) {
      if (error instanceof TakenBack) return giveBack();
      throw error;
    }
  }
  root.addEventListener("alarm", raise);

  // --- the form ------------------------------------------------------------
  const day = (at) => at.toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
  const time = (at) => at.toLocaleTimeString("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" });
  const dayWords = (iso) => new Date(`${iso}T12:00:00+08:00`).toLocaleDateString(english ? "en-GB" : "zh-CN", spoken);
  const contractOf = (id) => plan.contracts.find((contract) => contract.id === id);
  const townsOf = (id) => contractOf(id)?.towns ?? [];

  function offerTowns(chosen = "") {
    const towns = townsOf(field("contract").value);
    field("town").replaceChildren(...towns.map(({ id, name }) => new Option(name, id, false, id === chosen)));
  }

  const extras = extrasOn(root, words, plan, offset);
  let today = { day: "", residents: [], colleagues: [] };

  function fill(visit) {
    for (const name of NAMES) {
      if (name === "is_group") field(name).checked = Boolean(visit.is_group);
      else if (name !== "town") field(name).value = visit[name] ?? "";
    }
    offerTowns(visit.town);
    extras.fill(visit, today.colleagues);
    part("visit").dataset.id = visit.id ?? "";
    part("by-hand-said").textContent = words("by_hand");
    showPoints();
  }

  // what is known already stands in one line: after start and stop nobody types it again
  function showPoints(visit = null) {
    part("points").hidden = Boolean(visit);
    part("points-said").hidden = !visit;
    if (visit) part("points-words").textContent = words("points", { code: visit.recipient_code, ...visit });
  }
  part("change-points").addEventListener("click", () => { showPoints(); field("begins").focus(); });
  // open where nothing shorter is offered, or something is being filled in
  const openForm = (isOpen) => { part("by-hand").open = isOpen; };

  const blank = () => ({ contract: plan.contracts[0]?.id ?? "", day: day(countyNow()), village: field("village").value });

  function typed() {
    const values = Object.fromEntries(NAMES.map((name) => [name, name === "is_group" ? field(name).checked : field(name).value.trim()]));
    const missing = POINTS.filter((name) => !values[name]);
    const mistakes = missing.map((name) => [name, words("missing")]);
    if (values.begins && values.ends && values.ends <= values.begins) mistakes.push(["ends", words("order")]);
    const more = extras.values();
    return { values: { ...values, ...more }, mistakes: [...mistakes, ...extras.mistakes(more)] };
  }

  // --- today: start and stop ------------------------------------------------
  async function showToday() {
    part("running").hidden = !running;
    alarms.know(key, running);
    part("today").hidden = Boolean(running) || !today.residents.length;
    if (running) part("running-words").textContent = words("running", { begins: running.begins, code: running.recipient_code });
    part("residents").replaceChildren(...today.residents.map((resident) => {
      const item = document.createElement("li");
      const start = button(words("start_short"), () => begin(resident));
      start.className = "button button--quiet";
      start.dataset.code = resident.recipient_code;
      start.setAttribute("aria-label", words("start", { code: resident.recipient_code }));
      const who = document.createElement("p");
      const code = document.createElement("strong");
      code.textContent = resident.recipient_code;
      who.append(code, ` ${resident.village}`);
      const what = document.createElement("p");
      what.className = "quiet";
      const said = [resident.task, resident.due_on && words("due", { day: dayWords(resident.due_on) }), resident.needs_two && words("two")];
      what.textContent = said.filter(Boolean).join(" · ");
      const about = document.createElement("div");
      about.append(who, ...(what.textContent ? [what] : []));
      item.append(about, start);
      return item;
    }));
  }

  async function begin(resident) {
    running = { ...blank(), ...resident, begins: time(countyNow()), confirmed_by: "code" }; // the usual way to confirm
    await keepRunning(database, key, running);
    openForm(false);
    await showToday();
    part("running").scrollIntoView();
  }

  async function end() {
    const visit = { ...running, ends: time(countyNow()) };
    fill(visit);
    // a stop within the minute of its start is looked at: a visit has a length
    if (visit.ends > visit.begins) showPoints(visit);
    part("visit").dataset.running = "yes";
    part("by-hand-said").textContent = words("just_ended");
    part("running").hidden = true;
    openForm(true);
    part("visit").scrollIntoView();
  }

  async function learnToday() {
    const told = await fetchToday();
    if (!told || !key) return;
    today = told;
    await keepToday(database, key, today);
    extras.offerColleagues(today.colleagues);
    await showToday();
  }
  part("stop").addEventListener("click", () => end());
  part("forget-running").addEventListener("click", async () => {
    if (!confirm(words("forget_running"))) return;
    running = null;
    await keepRunning(database, key, null);
    await showToday();
  });

  // --- what waits ----------------------------------------------------------
  async function show() {
    const visits = (await waiting(database, key)).filter(({ photo }) => !photo);
    part("count").textContent = visits.length ? words("waiting", { count: visits.length }) : words("nothing_waits");
    part("sync").className = `now now--${visits.some(({ mistakes }) => mistakes) ? "refused" : visits.length ? "waiting" : "done"}`;
    part("waiting").replaceChildren(...visits.map(line));
    const last = await setting(database, "last_sync");
    part("last").textContent = last ? words("last", { at: clock(last) }) : words("never");
    const tries = (await setting(database, "tries")) ?? [];
    part("tries").replaceChildren(...tries.map((tried) => {
      const item = document.createElement("li");
      const outcome = tried.failure ? words(tried.failure) : words("outcome", tried);
      item.textContent = `${clock(tried.at)} ${outcome}`;
      return item;
    }));
    // a line of its own: the next sentence must not take the warning away
    part("full").hidden = (await fullness()) <= FULL;
    return visits;
  }

  function line(visit) {
    const item = document.createElement("li");
    const text = document.createElement("p");
    text.textContent = `${dayWords(visit.day)} ${visit.begins}–${visit.ends} ${visit.recipient_code}`;
    item.append(text);
    for (const sentence of Object.values(visit.mistakes ?? {})) {
      const said = document.createElement("p");
      said.className = "govuk-error-message";
      said.textContent = sentence;
      item.append(said);
    }
    if (visit.recorded?.length) item.append(sideBySide(visit));
    const acts = document.createElement("div");
    acts.className = "acts";
    acts.append(button(words("edit"), () => { fill(visit); openForm(true); field("recipient_code").focus(); }));
    acts.append(button(words(visit.recorded?.length ? "keep_received" : "drop"), async () => {
      if (confirm(words("really"))) { await drop(database, [visit.id]); await show(); }
    }));
    item.append(acts);
    return item;
  }

  // what is on this phone beside what was received before
  function sideBySide(visit) {
    const table = document.createElement("table");
    table.className = "govuk-table";
    table.dataset.part = "conflict";
    const head = table.createTHead().insertRow();
    for (const label of ["", words("here"), ...visit.recorded.map(() => words("received"))]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = label;
      head.append(cell);
    }
    const both = [visit, ...visit.recorded];
    const rows = [
      [words("when"), both.map(({ begins, ends }) => `${begins}–${ends}`)],
      [words("whom"), both.map(({ recipient_code }) => recipient_code)],
      [words("where"), both.map(({ village }) => village)],
      [words("what"), both.map(({ note }) => note)],
    ];
    const body = table.createTBody();
    for (const [label, values] of rows) {
      const row = body.insertRow();
      const named = document.createElement("th");
      named.scope = "row";
      named.textContent = label;
      row.append(named);
      for (const value of values) row.insertCell().textContent = value;
    }
    return table;
  }

  function button(label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "as-link";
    made.textContent = label;
    made.addEventListener("click", act);
    return made;
  }

  let sending = null;
  async function sendNow(byHand = false) {
    // two at once would only send the same twice
    sending ??= sync(database, key, PATH, device).finally(() => { sending = null; });
    let tried;
    try {
      tried = await sending;
      if (tried.failure && await isTakenBack(device)) throw new TakenBack();
    } catch (error) {
      if (error instanceof TakenBack) return giveBack();
      throw error;
    }
    const refused = (await show()).filter(({ mistakes }) => mistakes).length;
    if (tried.failure === "signed_out") tell(words("signed_out"), "waiting");
    else if (tried.failure) tell(words("kept_offline"), "waiting");
    else if (tried.refused) tell(words("some_refused", tried), "refused");
    else if (tried.photos_refused) tell(words("photos_refused"), "refused");
    else if (tried.recorded) tell(words("all_sent", tried), "done");
    else if (byHand && refused) tell(words("some_refused", { refused }), "refused");
    else if (byHand) tell(words("nothing_waits"), "done");
  }

  // --- PIN -------------------------------------------------------------------
  async function open(found) {
    key = found;
    part("lock").hidden = true;
    part("desk").hidden = false;
    today = await todayOf(database, key, day(countyNow()));
    running = await runningOf(database, key);
    fill(blank());
    const nobody = () => !running && !today.residents.length;
    openForm(nobody() && !navigator.onLine); // with a network only once it is known whom to start at: nothing folds under a thumb
    await showToday();
    await show();
    if (Math.abs(offset) > plan.clock_off_minutes * 60_000) part("clock").hidden = false;
    if (!navigator.onLine) return;
    await raise();
    await learnToday();
    if (nobody()) openForm(true);
    if (await count(database)) await sendNow();
  }

  const known = await hasPin(database);
  part("new-pin").hidden = known;
  part("again").hidden = known;
  part("old-pin").hidden = !known;
  part("forgot").hidden = !known;
  part("lock").hidden = false;

  part("lock").addEventListener("submit", async (event) => {
    event.preventDefault();
    const pin = field("pin").value;
    if (!/^\d{6,12}$/.test(pin)) return showMistakes(part("lock"), [["pin", words("pin_short")]]);
    if (!known && pin !== field("pin_again").value) return showMistakes(part("lock"), [["pin_again", words("pin_differs")]]);
    showMistakes(part("lock"), []);
    const found = known ? await unlock(database, pin) : await setPin(database, pin);
    field("pin").value = "";
    if (!found) return showMistakes(part("lock"), [["pin", words("pin_wrong")]]);
    return open(found);
  });
  part("forgot").addEventListener("click", async () => {
    const left = await count(database);
    if (!confirm(words("forget", { count: left }))) return;
    await wipe(database);
    location.reload();
  });

  // --- acts --------------------------------------------------------------------
  field("contract").addEventListener("change", () => {
    offerTowns();
    extras.offerTasks(field("contract").value);
  });
  root.querySelector("[data-now=begins]").addEventListener("click", () => { field("begins").value = time(countyNow()); });
  root.querySelector("[data-now=ends]").addEventListener("click", () => { field("ends").value = time(countyNow()); });
  part("visit").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { values, mistakes } = typed();
    if (mistakes.some(([name]) => POINTS.includes(name))) showPoints();
    showMistakes(part("visit"), mistakes);
    if (mistakes.length) return;
    const id = part("visit").dataset.id || crypto.randomUUID();
    try {
      await keep(database, key, { id, at: Date.now(), ...values });
      await keepPhotos(id);
    } catch {
      tell(words("not_kept"), "refused");
      return;
    }
    if (part("visit").dataset.running) {
      delete part("visit").dataset.running;
      running = null;
      await keepRunning(database, key, null);
      await showToday();
    }
    fill(blank());
    openForm(!today.residents.length);
    tell(words("kept"), "done");
    scrollTo(0, 0); // where it is said, and what waits
    await show();
    await sendNow();
  });
  // drawn anew before they are kept; the input is emptied, so that no file lies with the next visit
  async function keepPhotos(visit) {
    const chosen = field("photos");
    if (!chosen) return;
    for (const file of [...chosen.files].slice(0, plan.photos)) {
      const data = await shrunk(file);
      if (data) await keep(database, key, { id: crypto.randomUUID(), at: Date.now(), photo: true, visit, data });
    }
    chosen.value = "";
  }
  part("send").addEventListener("click", () => sendNow(true));
  // a page that lay open in a pocket asks when it is looked at again
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState === "visible" && navigator.onLine && await isTakenBack(device)) await giveBack();
  });
  addEventListener("online", async () => {
    if (await isTakenBack(device)) return giveBack();
    await raise();
    if (key) await sendNow();
  });

  await alarms.show();
  if (navigator.onLine) await raise();
  await keepForLater(device, plan.owner);
}

// How far the phone's clock is from the county's, learnt each time the service itself made the page: a page that was
// kept tells the time it was made at, which says nothing about now.
function offsetBy(madeAt) {
  const known = JSON.parse(localStorage.getItem("visits-clock") ?? "null");
  if (known?.madeAt === madeAt) return known.offset;
  const offset = Date.parse(madeAt) - Date.now();
  localStorage.setItem("visits-clock", JSON.stringify({ madeAt, offset }));
  return offset;
}

// the page, its style and its scripts open without a network from now on
async function keepForLater(device, owner) {
  if (!("serviceWorker" in navigator)) return;
  const prefix = english ? "/en" : "";
  await navigator.serviceWorker.register(`${prefix}/visits/worker.js`, { scope: `${prefix}/visits/` });
  const ready = await navigator.serviceWorker.ready;
  const files = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"], script[src]')].map((each) => each.href || each.src);
  const fonts = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /\.woff2?$/.test(name));
  ready.active.postMessage({ page: prefix + PATH, files: [...files, ...fonts], device, owner });
  await navigator.storage?.persist?.();
}
