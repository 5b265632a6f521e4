// A bid is checked, sealed and sent from here; the service gets ciphertext and nothing else.
import { openedByBidder, sealed, sha256Hex } from "./container.js";
import { consortiumPart, memberMistakes, membersIn, partyPart, subcontractIn, subcontractMistakes } from "./consortium.js";
import { lockedFile, newKey, offerFile } from "./keys.js";
import { ask, Refused, say, showMistakes, wordsOf } from "./page.js";
import { narrowed } from "./typed.js";

const SHORTEST_PASSPHRASE = 12;
const TRIES = 6;
const utf8 = new TextEncoder();

export function sealBidOn(root) {
  const plan = JSON.parse(root.dataset.seal);
  const words = wordsOf(root);
  const button = root.querySelector("[data-act=seal]");
  const kept = { archive: null, identity: "", parts: null, typed: "" };
  root.hidden = false;
  let isDirty = false;
  root.addEventListener("input", () => { isDirty = true; });
  window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
  button.addEventListener("click", async () => {
    const bid = read(root, plan);
    const mistakes = mistakesOf(bid, plan, words);
    showMistakes(root, mistakes);
    if (mistakes.length) return;
    button.disabled = true;
    try {
      await sealAgain(root, plan, bid, kept, words);
      const receipt = await send(root, plan, kept, words);
      isDirty = false;
      say(root, words("sealed", { receipt: receipt.receipt }), "done");
      window.location.assign((document.documentElement.lang === "en" ? "/en" : "") + receipt.path);
    } catch (failure) {
      say(root, failure instanceof Refused ? failure.message : words("failed", { why: failure.message }), "refused");
      button.disabled = false;
    }
  });
}

// after a broken line the same sealed bytes are sent on; only when something was changed they are sealed anew
async function sealAgain(root, plan, bid, kept, words) {
  const typed = JSON.stringify([{ ...bid, files: filesOf(bid).map((file) => [file.name, file.size, file.lastModified]) }]);
  if (kept.archive && kept.typed === typed) return;
  say(root, words("sealing"));
  const key = await newKey();
  const parts = await partsOf(bid, plan);
  for (const [name, content] of Object.entries(parts)) {
    if (content.length > plan.largest_parts[name]) throw new Refused(words("too_large"));
  }
  offerFile(await lockedFile(key.identity, bid.passphrase), `${plan.place.replaceAll("/", "-")}.age`);
  Object.assign(kept, { archive: await sealed(parts, plan, key.recipient), identity: key.identity, parts, typed });
}

async function send(root, plan, kept, words) {
  const bytes = kept.archive;
  const said = JSON.stringify({ sha256: await sha256Hex(bytes), size: bytes.length });
  const begun = await (await ask(`${root.dataset.path}/uploads`, { method: "POST", body: said })).json();
  const received = new Set(begun.received);
  const count = Math.ceil(bytes.length / plan.chunk);
  for (let number = 0; number < count; number += 1) {
    say(root, words("sending", { part: number + 1, count }));
    if (received.has(number)) continue;
    const body = bytes.subarray(number * plan.chunk, (number + 1) * plan.chunk);
    await patiently(() => ask(`/sealed-uploads/${begun.upload}/${number}`, { method: "POST", body }));
  }
  const back = new Uint8Array(bytes.length);
  for (let number = 0; number < count; number += 1) {
    say(root, words("comparing", { part: number + 1, count }));
    back.set(await fetched(begun.upload, number, bytes.subarray(number * plan.chunk, (number + 1) * plan.chunk), words), number * plan.chunk);
  }
  const opened = await openedByBidder(back, kept.identity).catch(() => ({}));
  for (const [name, content] of Object.entries(kept.parts)) {
    if (!same(opened[name], content)) throw new Refused(words("differs"));
  }
  const replaces = encodeURIComponent(root.dataset.replaces);
  return (await ask(`/sealed-uploads/${begun.upload}/seal?replaces=${replaces}`, { method: "POST" })).json();
}

// piece by piece, so that a broken line loses one piece and not the whole; one that arrived wrong is sent once more
async function fetched(upload, number, own, words) {
  const path = `/sealed-uploads/${upload}/${number}`;
  const fetchIt = async () => new Uint8Array(await (await ask(path)).arrayBuffer());
  const piece = await patiently(fetchIt);
  if (same(piece, own)) return piece;
  await patiently(() => ask(path, { method: "POST", body: own }));
  const again = await patiently(fetchIt);
  if (!same(again, own)) throw new Refused(words("differs"));
  return again;
}

async function patiently(act) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (failure) {
      if (failure instanceof Refused || attempt === TRIES) throw failure;
      await new Promise((go) => setTimeout(go, 500 * 2 ** attempt));
    }
  }
}

function same(one, other) {
  return one !== undefined && one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function filesOf(bid) {
  return [...bid.files, ...(bid.past === "other" && bid.proof ? [bid.proof] : []), ...(bid.agreement ? [bid.agreement] : [])];
}

function read(root, plan) {
  const field = (name) => root.querySelector(`#field-${name}`);
  const value = (name) => (field(name)?.value ?? "").trim();
  const isChecked = (name) => field(name)?.checked ?? false;
  const past = root.querySelector('input[name="past"]:checked')?.value ?? "";
  return {
    acknowledged: isChecked("acknowledged"), declares: isChecked("declares"), qualification: value("qualification_text"),
    past, grade: value("past_grade"), buyer: value("past_buyer"), evaluatedOn: value("past_evaluated_on"),
    technical: value("technical_text"), hours: narrowed(value("annual_hours")).replaceAll(",", ""),
    staff: narrowed(value("service_staff")), price: narrowed(value("price")).replace(/[,\s]/g, "").replace(/。/g, "."), isSmall: isChecked("is_small_micro"),
    priceWords: value("price_words"), unitPrice: narrowed(value("unit_price")).replace(/[,\s]/g, "").replace(/。/g, "."),
    passphrase: field("passphrase").value, again: field("passphrase_again").value,
    files: [...(field("papers")?.files ?? [])], proof: field("proof")?.files[0] ?? null, isFirst: plan.stage === "first",
    members: membersIn(root, plan), subcontract: subcontractIn(root, plan), agreement: field("agreement")?.files[0] ?? null,
  };
}

// the same rules as vendors/bids/routes.py asks on its pages; whoever judges the bid reads it by the same ones again
function mistakesOf(bid, plan, words) {
  const found = [];
  const refuse = (name, word, values) => found.push([name, words(word, values)]);
  if (bid.isFirst) {
    if (plan.has_exclusions && !bid.acknowledged) refuse("acknowledged", "acknowledge");
    if (!bid.declares) refuse("declares", "declare");
    if (plan.asks_past && !plan.own_record) {
      if (!bid.past) refuse("past", "answer_past");
      if (bid.past === "other" && !bid.buyer) refuse("past_buyer", "whole_claim");
      if (bid.past === "other" && !bid.grade) refuse("past_grade", "whole_claim");
      if (bid.past === "other" && !bid.evaluatedOn) refuse("past_evaluated_on", "whole_claim");
      if (bid.past === "other" && !bid.proof) refuse("proof", "prove");
    }
    if (!bid.technical && !bid.files.length) refuse("technical_text", "technical");
    const hours = /^\d{1,7}$/.test(bid.hours) ? Number(bid.hours) : 0;
    if (plan.hours_per_person && (hours < 1 || hours > plan.most_hours)) refuse("annual_hours", "hours");
    if (plan.hours_per_person && !(/^[1-9]\d{0,3}$/.test(bid.staff) && hours <= bid.staff * plan.hours_per_person)) refuse("service_staff", "hours");
    if (bid.subcontract) subcontractMistakes(bid, plan, refuse);
    if (plan.admits_consortium) memberMistakes(bid.members, bid.agreement, plan, refuse);
    const files = filesOf(bid);
    const isKnown = (file) => plan.accepted.some((end) => file.name.toLowerCase().endsWith(end));
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const names = new Set(files.map((file) => file.name));
    if (files.length > plan.most_attachments || size > plan.largest_attachments || !files.every(isKnown) || names.size < files.length) refuse("papers", "papers");
  }
  if (plan.asks_price) {
    const isMoney = /^\d{1,12}(\.\d{1,2})?$/.test(bid.price) && Number(bid.price) > 0;
    if (!isMoney) refuse("price", "price");
    else if (Number(bid.price) > Number(plan.highest)) refuse("price", "too_dear");
    else if (bid.unitPrice && plan.quantity && !addsUp(bid.unitPrice, plan.quantity, bid.price)) refuse("unit_price", "unit_price");
  }
  if (bid.passphrase.trim().length < SHORTEST_PASSPHRASE) refuse("passphrase", "passphrase");
  else if (bid.passphrase !== bid.again) refuse("passphrase_again", "passphrase_again");
  return found;
}

async function partsOf(bid, plan) {
  const price = { small_micro: plan.may_be_small && bid.isSmall };
  if (plan.asks_price) price.price = bid.price;
  if (plan.asks_price && plan.quantity && bid.priceWords) price.price_words = bid.priceWords;
  if (plan.asks_price && plan.quantity && bid.unitPrice) price.unit_price = bid.unitPrice;
  else if (plan.fixed_price !== null) price.price = plan.fixed_price;
  const parts = { price: json(price) };
  if (!bid.isFirst) return parts;
  const qualification = {
    declarations: plan.declarations, past_performance: pastOf(bid, plan), text: bid.qualification,
  };
  if (bid.members.length) qualification.consortium = consortiumPart(bid.members, bid.agreement);
  parts.qualification = json(qualification);
  const technical = { attachments: [], text: bid.technical };
  for (const file of filesOf(bid)) {
    const content = new Uint8Array(await file.arrayBuffer());
    technical.attachments.push({ base64: base64(content), name: file.name, sha256: await sha256Hex(content) });
  }
  if (plan.hours_per_person) Object.assign(technical, { annual_hours: Number(bid.hours), service_staff: Number(bid.staff) });
  if (bid.subcontract) technical.subcontract = partyPart(bid.subcontract);
  parts.technical = json(technical);
  return parts;
}

// in whole numbers: a price must not depend on how a browser divides
function addsUp(unitPrice, quantity, price) {
  if (!/^\d{1,10}(\.\d{1,4})?$/.test(unitPrice)) return false;
  const whole = (text, places) => BigInt(text.split(".")[0] + (text.split(".")[1] ?? "").padEnd(places, "0"));
  return (whole(unitPrice, 4) * whole(quantity, 2) + 5000n) / 10000n === whole(price, 2);
}

function pastOf(bid, plan) {
  if (!plan.asks_past) return null;
  if (plan.own_record) return plan.own_record;
  if (bid.past !== "other") return null;
  return {
    buyer: bid.buyer, document_name: bid.proof.name, evaluated_on: bid.evaluatedOn, evaluation_reference: "",
    grade: bid.grade,
  };
}

function json(content) {
  return utf8.encode(JSON.stringify(content));
}

function base64(bytes) {
  const step = 0x6000; // a multiple of three, so that the pieces join without padding
  let found = "";
  for (let at = 0; at < bytes.length; at += step) found += btoa(String.fromCharCode(...bytes.subarray(at, at + step)));
  return found;
}
