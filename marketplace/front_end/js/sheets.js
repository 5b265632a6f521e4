// Sheets of visits to the place, written where there is no line. They lie on this device encrypted with a key that the
// browser gives to nobody, each under an identity of its own: handed in twice it is one sheet.
import { drop, keep, keepSetting, openDatabase, setting, waiting } from "./visits/box.js";
import { freshPage, NotSignedIn } from "./visits/sync.js";
import { english, wordsOf } from "./sealing/page.js";

const prefix = english ? "/en" : "";

async function keyOf(database) {
  const kept = await setting(database, "key");
  if (kept) return kept;
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await keepSetting(database, "key", key);
  return key;
}

// the sheet, its style and its scripts open without a network from now on
async function keepForLater(page) {
  if (!("serviceWorker" in navigator)) return;
  const { active, installing, waiting: next } = await navigator.serviceWorker.register(`${prefix}/evaluations/worker.js`, { scope: `${prefix}/evaluations/` });
  const files = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"], script[src]')].map((each) => each.href || each.src);
  (active ?? next ?? installing).postMessage({ page: prefix + page, files });
}

async function writeOn(root) {
  const { owner, page } = root.dataset;
  const words = wordsOf(root);
  const database = await openDatabase(owner, "sheets");
  const key = await keyOf(database);
  await drop(database, root.dataset.handed.split(" "));
  const form = root.querySelector("form");
  const list = root.querySelector("[data-sheets]");
  const told = root.querySelector("[data-told]");
  const say = (text) => { told.textContent = text; told.hidden = !text; };
  const fields = form ? [...form.querySelectorAll("input[id], textarea[id]")] : [];
  const mine = async () => (await waiting(database, key)).filter((each) => each.page === page);

  function fill(sheet) {
    form.elements.id.value = sheet?.id ?? crypto.randomUUID();
    for (const field of fields) field.value = sheet?.values[field.name] ?? "";
  }

  async function show() {
    const sheets = await mine();
    list.replaceChildren(...sheets.map((sheet) => {
      const item = document.createElement("li");
      const open = document.createElement(form ? "button" : "a");
      open.textContent = sheet.values.place || words("no_place");
      if (form) Object.assign(open, { type: "button", className: "as-link", onclick: () => { fill(sheet); fields[0].focus(); } });
      else open.href = prefix + page;
      item.append(open);
      return item;
    }));
    list.hidden = list.previousElementSibling.hidden = !sheets.length;
  }

  await show();
  if (!form) return;
  const isRefused = Boolean(document.querySelector("[data-focus-first]"));
  if (!isRefused) {
    const [last] = (await mine()).slice(-1);
    fill(last);
    if (last) say(words("back"));
  }
  form.addEventListener("input", async () => {
    const values = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
    await keep(database, key, { id: form.elements.id.value, at: Date.now(), page, values });
    say(words("here"));
    await show();
  });
  root.querySelector("[data-another]").addEventListener("click", () => { fill(null); say(""); fields[0].focus(); });
  root.querySelector("[data-another]").hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const fresh = await freshPage(page);
      form.elements._csrf_token.value = fresh.querySelector('input[name="_csrf_token"]').value;
      form.submit();
    } catch (error) {
      say(words(error instanceof NotSignedIn ? "signed_out" : "lost"));
    }
  });
  await keepForLater(page);
  root.dataset.ready = "yes";
}

// a page that came without TLS has no keys to encrypt with: there the form is sent as it is, and nothing is kept
if (crypto.subtle) for (const root of document.querySelectorAll("[data-site-sheets]")) writeOn(root);
