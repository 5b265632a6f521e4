// A bid is checked, sealed and sent from here; the service gets ciphertext and nothing else.
import { readCapitals } from "./capitals.js";
import { Changed, fileSha256, openedByBidder, sealed } from "./container.js";
import { consortiumPart, memberMistakes, membersIn, partyPart, subcontractIn, subcontractMistakes } from "./consortium.js";
import { lockedFile, newKey, offerFile } from "./keys.js";
import { tellLastStep } from "./countdown.js";
import { filesOf, textMistakes } from "./readable.js";
import { nameStamped, stampMistakes, stampPart, stampedIn } from "./stamped.js";
import { ask, Refused, say, showMistakes, wordsOf } from "./page.js";
import { narrowed } from "./typed.js";

const SHORTEST_PASSPHRASE = 12;
const TRIES = 6;
const LONGEST_NAME = 200;
const NO_NAME = /[/\\\u0000-\u001f\u007f]/; // as vendors/bids/papers.py refuses it
const utf8 = new TextEncoder();

export function sealBidOn(root) {
  const plan = JSON.parse(root.dataset.seal);
  const words = wordsOf(root);
  const button = root.querySelector("[data-act=seal]");
  const kept = { archive: null, identity: "", parts: null, papers: [], typed: "" };
  root.hidden = false;
  let isDirty = false;
  root.addEventListener("input", () => { isDirty = true; });
  root.addEventListener("change", (event) => {
    if (event.target.type === "file") tellLastStep(lastStepOf(filesOf(read(root, plan)), plan));
  });
  window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
  nameStamped(root, () => read(root, plan));
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
  const files = plan.stage === "first" ? filesOf(bid) : [];
  const papers = [];
  for (const [at, file] of files.entries()) {
    say(root, words("hashing", { number: at + 1, count: files.length }));
    const sha256 = await fileSha256(file).catch((failure) => changed(failure, file, words));
    papers.push({ name: file.name, sha256, size: file.size });
  }
  const parts = partsOf(bid, plan, papers);
  for (const [name, content] of Object.entries(parts)) {
    if (content.length > plan.largest_parts[name]) throw new Refused(words("too_large"));
  }
  offerFile(await lockedFile(key.identity, bid.passphrase), `${plan.place.replaceAll("/", "-")}.age`);
  let now = null;
  const tell = (number) => {
    now = files[number - 1];
    say(root, words("encrypting", { number, count: files.length }));
  };
  const raw = { part: plan.with_papers, files };
  const archive = await sealed(parts, raw, plan, key.recipient, tell).catch((failure) => changed(failure, now, words));
  Object.assign(kept, { archive, identity: key.identity, parts, papers, typed });
}

// a browser refuses to read on in a file that somebody saved meanwhile
function changed(failure, file, words) {
  if (!file || !(failure instanceof Changed || failure.name === "NotReadableError")) throw failure;
  throw new Refused(words("changed", { name: file.name }));
}

async function send(root, plan, kept, words) {
  const { blob, sha256, size } = kept.archive;
  const piece = async (number) => new Uint8Array(await blob.slice(number * plan.chunk, (number + 1) * plan.chunk).arrayBuffer());
  const said = JSON.stringify({ sha256, size });
  const begun = await (await ask(`${root.dataset.path}/uploads`, { method: "POST", body: said })).json();
  const received = new Set(begun.received);
  const count = Math.ceil(size / plan.chunk);
  for (let number = 0; number < count; number += 1) {
    say(root, words("sending", { part: number + 1, count }));
    if (received.has(number)) continue;
    const body = await piece(number);
    await patiently(() => ask(`/sealed-uploads/${begun.upload}/${number}`, { method: "POST", body }));
  }
  for (let number = 0; number < count; number += 1) {
    say(root, words("comparing", { part: number + 1, count }));
    await compare(begun.upload, number, await piece(number), words);
  }
  // what came back is what is here, byte for byte: so what opens here is what the service has
  const tell = (number) => say(root, words("opening", { number, count: kept.papers.length }));
  const opened = await openedByBidder(blob, kept.identity, tell).catch(() => ({ parts: {}, raw: [] }));
  const isSame = Object.entries(kept.parts).every(([name, content]) => same(opened.parts[name], content));
  const found = kept.papers.every(({ sha256: listed }, at) => opened.raw[at] === listed);
  if (!isSame || !found || opened.raw.length !== kept.papers.length) {
    kept.archive = null; // a file that changed meanwhile is read anew
    throw new Refused(words("differs"));
  }
  say(root, words("entering", { seconds: Math.ceil(size / plan.entered_in_a_second) }));
  const replaces = encodeURIComponent(root.dataset.replaces);
  return (await ask(`/sealed-uploads/${begun.upload}/seal?replaces=${replaces}`, { method: "POST" })).json();
}

// the service reads all of it once more before it gives the receipt; what is chosen is nearly what is sealed
function lastStepOf(files, plan) {
  return Math.ceil(files.reduce((sum, file) => sum + file.size, 0) / plan.entered_in_a_second);
}

// piece by piece, so that a broken line loses one piece and not the whole; one that arrived wrong is sent once more
async function compare(upload, number, own, words) {
  const path = `/sealed-uploads/${upload}/${number}`;
  const fetchIt = async () => new Uint8Array(await (await ask(path)).arrayBuffer());
  if (same(await patiently(fetchIt), own)) return;
  await patiently(() => ask(path, { method: "POST", body: own }));
  if (!same(await patiently(fetchIt), own)) throw new Refused(words("differs"));
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
    stamped: stampedIn(root),
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
      // days as text: both are written as 2026-03-01
      else if (bid.past === "other" && bid.evaluatedOn > plan.today) refuse("past_evaluated_on", "evaluated_later");
      else if (bid.past === "other" && bid.evaluatedOn < plan.past_from) refuse("past_evaluated_on", "evaluated_long_ago", { years: plan.past_years });
      if (bid.past === "other" && !bid.proof) refuse("proof", "prove");
    }
    if (!bid.technical && !bid.files.length) refuse("technical_text", "technical");
    const hours = /^\d{1,7}$/.test(bid.hours) ? Number(bid.hours) : 0;
    if (plan.hours_per_person && (hours < 1 || hours > plan.most_hours)) refuse("annual_hours", "hours");
    if (plan.hours_per_person && !(/^[1-9]\d{0,3}$/.test(bid.staff) && hours <= bid.staff * plan.hours_per_person)) refuse("service_staff", "hours");
    if (bid.subcontract) subcontractMistakes(bid, plan, refuse);
    stampMistakes(bid, refuse);
    if (plan.admits_consortium) memberMistakes(bid.members, bid.agreement, plan, refuse);
    const files = filesOf(bid);
    const isGood = (file) => plan.accepted.some((end) => file.name.toLowerCase().endsWith(end)) && !NO_NAME.test(file.name)
      && file.name.length <= LONGEST_NAME && file.size > 0 && file.size <= plan.largest_attachment;
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const names = new Set(files.map((file) => file.name));
    if (files.length > plan.most_attachments || size > plan.largest_attachments || !files.every(isGood) || names.size < files.length) refuse("papers", "papers");
  }
  if (plan.asks_price) {
    const isMoney = /^\d{1,12}(\.\d{1,2})?$/.test(bid.price) && Number(bid.price) > 0;
    if (!isMoney) refuse("price", "price");
    else if (Number(bid.price) > Number(plan.highest)) refuse("price", "too_dear");
    else {
      if (bid.unitPrice && plan.quantity && !addsUp(bid.unitPrice, plan.quantity, bid.price)) refuse("unit_price", "unit_price");
      if (bid.priceWords && plan.quantity && readCapitals(bid.priceWords) !== hundredths(bid.price)) refuse("price_words", "price_words");
    }
  }
  textMistakes(bid, plan, refuse);
  if (bid.passphrase.trim().length < SHORTEST_PASSPHRASE) refuse("passphrase", "passphrase");
  else if (bid.passphrase !== bid.again) refuse("passphrase_again", "passphrase_again");
  return found;
}

function partsOf(bid, plan, papers) {
  const price = { small_micro: plan.may_be_small && bid.isSmall };
  if (plan.asks_price) price.price = bid.price;
  else if (plan.fixed_price !== null) price.price = plan.fixed_price;
  if (plan.asks_price && plan.quantity && bid.priceWords) price.price_words = bid.priceWords;
  if (plan.asks_price && plan.quantity && bid.unitPrice) price.unit_price = bid.unitPrice;
  const parts = { price: json(price) };
  if (!bid.isFirst) return parts;
  const qualification = {
    declarations: plan.declarations, past_performance: pastOf(bid, plan), text: bid.qualification,
  };
  if (bid.members.length) qualification.consortium = consortiumPart(bid.members, bid.agreement);
  parts.qualification = json(qualification);
  const technical = { attachments: papers, text: bid.technical };
  if (plan.hours_per_person) Object.assign(technical, { annual_hours: Number(bid.hours), service_staff: Number(bid.staff) });
  if (bid.subcontract) technical.subcontract = partyPart(bid.subcontract);
  if (bid.stamped.paper) technical.seal = stampPart(bid.stamped);
  parts.technical = json(technical);
  return parts;
}

// in whole numbers: a price must not depend on how a browser divides
function addsUp(unitPrice, quantity, price) {
  if (!/^\d{1,10}(\.\d{1,4})?$/.test(unitPrice)) return false;
  return (whole(unitPrice, 4) * whole(quantity, 2) + 5000n) / 10000n === hundredths(price);
}

function hundredths(amount) {
  return whole(amount, 2);
}

function whole(text, places) {
  return BigInt(text.split(".")[0] + (text.split(".")[1] ?? "").padEnd(places, "0"));
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
