// The members of a consortium: typed, checked and sealed here. The service learns of them at the opening, not before.
import { narrowed } from "./typed.js";

const ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const WHOLE = 10000; // a hundred percent in hundredths

export function membersIn(root, plan) {
  const value = (name) => (root.querySelector(`#field-${name}`)?.value ?? "").trim();
  const numbers = Array.from({ length: plan.admits_consortium ? plan.most_members : 0 }, (_, at) => at + 1);
  return numbers.map((number) => ({
    number, ...typed(value(`code_${number}`), value(`name_${number}`), value(`share_${number}`)),
  })).filter((row) => row.code || row.name || row.share);
}

function typed(code, name, share) {
  return {
    code: narrowed(code).replace(/[\s-]/g, "").toUpperCase(), name: name.replace(/\s+/g, " "),
    share: narrowed(share).replace(/%$/, "").trim(),
  };
}

// the small enterprise that a share would be subcontracted to; null where none is named (R-SME-04)
export function subcontractIn(root, plan) {
  const value = (name) => (root.querySelector(`#field-${name}`)?.value ?? "").trim();
  const row = typed(value("sub_code"), value("sub_name"), value("sub_share"));
  return plan.most_subcontract && (row.code || row.name || row.share) ? row : null;
}

export function subcontractMistakes({ subcontract, members }, plan, refuse) {
  const { code, name, share } = subcontract;
  if (members.length) refuse("sub_code", "sub_alone");
  if (!isCreditCode(code) || code === plan.own_code) refuse("sub_code", "sub_code");
  if (!name) refuse("sub_name", "sub_name");
  if (!hundredths(share) || hundredths(share) > Math.round(Number(plan.most_subcontract) * 100)) refuse("sub_share", "sub_share");
}

export function partyPart({ code, name, share }) {
  return { credit_code: code, name, share };
}

// GB 32100: the last character follows from the seventeen before it
export function isCreditCode(code) {
  if (code.length !== 18 || [...code].some((each) => !ALPHABET.includes(each))) return false;
  let weight = 1;
  let sum = 0;
  for (const each of code.slice(0, 17)) {
    sum += ALPHABET.indexOf(each) * weight;
    weight = (weight * 3) % 31;
  }
  return ALPHABET[(31 - (sum % 31)) % 31] === code[17];
}

function hundredths(share) {
  if (!/^[0-9]{1,2}(\.[0-9]{1,2})?$/.test(share)) return 0;
  const [whole, part = ""] = share.split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

// the same as vendors/bids/consortium.py says of the rows of the other page; what it asks of the register is asked at the opening
export function memberMistakes(members, agreement, plan, refuse) {
  const seen = new Set();
  for (const { number, code, name, share } of members) {
    if (!code) refuse(`code_${number}`, "member_code");
    else if (!isCreditCode(code)) refuse(`code_${number}`, "member_code_wrong");
    else if (code === plan.own_code) refuse(`code_${number}`, "member_self");
    else if (seen.has(code)) refuse(`code_${number}`, "member_twice");
    seen.add(code);
    if (!name) refuse(`name_${number}`, "member_name");
    if (!hundredths(share)) refuse(`share_${number}`, "member_share");
  }
  const last = members.at(-1);
  if (members.reduce((sum, each) => sum + hundredths(each.share), 0) >= WHOLE) refuse(`share_${last.number}`, "member_sum");
  if (members.length && !agreement) refuse("agreement", "agreement");
  if (!members.length && agreement) refuse("code_1", "member_code");
}

export function consortiumPart(members, agreement) {
  return {
    agreement: agreement.name,
    members: members.map(partyPart),
  };
}
