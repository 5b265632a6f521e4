// Sealed containers as docs/sealed-bids.md writes them: a tar of age files. The same thing as marketplace/kernel/sealing.py.
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { sha256 as hash } from "@noble/hashes/sha2.js";

const BLOCK = 512;
const SMALLEST_BUCKET = 4096;
const LARGEST_DOUBLING = 1024 * 1024;
const text = new TextEncoder();

export async function sha256Hex(bytes) {
  const digest = globalThis.crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : hash(bytes);
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function bucketSize(length) {
  let bucket = SMALLEST_BUCKET;
  while (bucket < length && bucket < LARGEST_DOUBLING) bucket *= 2;
  return length <= bucket ? bucket : Math.ceil(length / LARGEST_DOUBLING) * LARGEST_DOUBLING;
}

// name, place and length stand before the content, zeros after it: the length must not tell the digits of a price
export function padded(name, place, content) {
  const head = text.encode(`${name}\n${place}\n${content.length}\n`);
  const plain = new Uint8Array(bucketSize(head.length + content.length));
  plain.set(head);
  plain.set(content, head.length);
  return plain;
}

export function unpadded(name, place, plain) {
  const head = text.encode(`${name}\n${place}\n`);
  if (head.some((byte, at) => plain[at] !== byte)) throw new Error("place");
  const end = plain.indexOf(10, head.length);
  const length = Number(new TextDecoder().decode(plain.subarray(head.length, end)));
  return plain.subarray(end + 1, end + 1 + length);
}

export async function encrypted(content, recipient) {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(content);
}

export async function decrypted(content, identity) {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(content);
}

function ordered(count, length) {
  if (length === 0) return [[]];
  const found = [];
  for (const rest of ordered(count, length - 1)) {
    for (let each = 0; each < count; each += 1) if (!rest.includes(each)) found.push([...rest, each]);
  }
  return found;
}

// parts: {name: bytes}; plan: place, k, openers [{name, recipient}]; bidder: the recipient of the bidder's own key
export async function sealed(parts, plan, bidder) {
  const header = { bidder, format: "sealed-bid-2", k: plan.k, openers: plan.openers, place: plan.place };
  const members = [["seal.json", text.encode(JSON.stringify(header))]];
  const wraps = [];
  for (const name of Object.keys(parts).sort()) {
    const fileKey = await generateX25519Identity();
    const content = padded(name, plan.place, parts[name]);
    members.push([`${name}.age`, await encrypted(content, await identityToRecipient(fileKey))]);
    for (const chosen of ordered(plan.openers.length, plan.k)) {
      let wrap = text.encode(fileKey);
      for (const each of [...chosen].reverse()) wrap = await encrypted(wrap, plan.openers[each].recipient);
      wraps.push([`keys/${name}/${chosen.map((each) => each + 1).join("-")}.age`, wrap]);
    }
    wraps.push([`keys/${name}/bidder.age`, await encrypted(text.encode(fileKey), bidder)]);
  }
  return tar([...members, ...wraps]);
}

async function tar(members) {
  let sums = "";
  for (const [name, content] of members) sums += `${await sha256Hex(content)}  ${name}\n`;
  const pieces = [];
  for (const [name, content] of [...members, ["SHA256SUMS", text.encode(sums)]]) {
    pieces.push(tarHead(name, content.length), content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  return joined([...pieces, new Uint8Array(2 * BLOCK)]);
}

function tarHead(name, size) {
  const head = new Uint8Array(BLOCK);
  const put = (at, words) => head.set(text.encode(words), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\u000000");
  put(329, "0000000\0");
  put(337, "0000000\0");
  put(148, `${head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return head;
}

export function members(archive) {
  const found = new Map();
  let at = 0;
  while (at + BLOCK <= archive.length && archive[at] !== 0) {
    const words = new TextDecoder().decode(archive.subarray(at, at + BLOCK));
    const name = words.slice(0, 100).replace(/\0.*$/s, "");
    const size = parseInt(words.slice(124, 135), 8);
    found.set(name, archive.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}

// what the bidder reads of its own container; throws when a part is not what was sealed
export async function openedByBidder(archive, identity) {
  const files = members(archive);
  const { place } = JSON.parse(new TextDecoder().decode(files.get("seal.json")));
  const parts = {};
  for (const name of [...files.keys()].filter((each) => /^[a-z]+\.age$/.test(each))) {
    const part = name.slice(0, -4);
    const fileKey = new TextDecoder().decode(await decrypted(files.get(`keys/${part}/bidder.age`), identity)).trim();
    parts[part] = unpadded(part, place, await decrypted(files.get(name), fileKey));
  }
  return parts;
}
