// Sealed containers as docs/sealed-bids.md writes them: a tar of age files. The same thing as marketplace/kernel/sealing.py.
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { sha256 as hash } from "@noble/hashes/sha2.js";

const BLOCK = 512;
const SMALLEST_BUCKET = 4096;
const LARGEST_DOUBLING = 1024 * 1024;
const GATHERED = 8 * 1024 * 1024; // bytes of an archive in memory before they go into a blob
const FORMAT = "sealed-bid-3";
const text = new TextEncoder();

function hex(digest) {
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sha256Hex(bytes) {
  return hex(globalThis.crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : hash(bytes));
}

function joined(pieces) {
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

// An archive that grows piece by piece: what is written goes into blobs, which the browser keeps on disk when they are large.
class Archive {
  constructor() {
    this.whole = hash.create();
    this.size = 0;
    this.blobs = [];
    this.waiting = [];
    this.waits = 0;
    this.sums = "";
  }

  write(bytes) {
    this.whole.update(bytes);
    this.size += bytes.length;
    this.waiting.push(bytes);
    this.waits += bytes.length;
    if (this.waits >= GATHERED) this.gather();
  }

  gather() {
    this.blobs.push(new Blob(this.waiting));
    this.waiting = [];
    this.waits = 0;
  }

  async add(name, content) {
    await this.stream(name, content.length, pieces(new Blob([content]).stream()));
  }

  // `size` is known before: age says how long its ciphertext gets
  async stream(name, size, content) {
    const digest = hash.create();
    let written = 0;
    this.write(tarHead(name, size));
    for await (const piece of content) {
      digest.update(piece);
      this.write(piece);
      written += piece.length;
    }
    if (written !== size) throw new Changed(name);
    this.write(new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK));
    this.sums += `${hex(digest.digest())}  ${name}\n`;
  }

  async end() {
    await this.add("SHA256SUMS", text.encode(this.sums));
    this.write(new Uint8Array(2 * BLOCK));
    this.gather();
    return { blob: new Blob(this.blobs), sha256: hex(this.whole.digest()), size: this.size };
  }
}

// a file that is not as it was when its SHA-256 was taken
export class Changed extends Error {}

// what a stream gives; not every browser can step through one
async function* pieces(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

export async function fileSha256(file) {
  const digest = hash.create();
  for await (const piece of pieces(file.stream())) digest.update(piece);
  return hex(digest.digest());
}

// the frame of `padded` around a file, in pieces
function paddedStream(name, place, file) {
  const head = text.encode(`${name}\n${place}\n${file.size}\n`);
  const size = bucketSize(head.length + file.size);
  const framed = new Blob([head, file, new Uint8Array(size - head.length - file.size)]);
  return { size, stream: framed.stream() };
}

// parts: {name: bytes}; raw: files sealed to the file key of one part; plan: place, k, openers [{name, recipient}];
// bidder: the recipient of the bidder's own key. Gives the archive as a blob, its SHA-256 and its size.
export async function sealed(parts, raw, plan, bidder, tell = () => {}) {
  const header = { bidder, format: FORMAT, k: plan.k, openers: plan.openers, place: plan.place };
  const archive = new Archive();
  await archive.add("seal.json", text.encode(JSON.stringify(header)));
  const recipients = {};
  for (const name of Object.keys(parts).sort()) {
    const fileKey = await generateX25519Identity();
    recipients[name] = await identityToRecipient(fileKey);
    await archive.add(`${name}.age`, await encrypted(padded(name, plan.place, parts[name]), recipients[name]));
    for (const chosen of ordered(plan.openers.length, plan.k)) {
      let wrap = text.encode(fileKey);
      for (const each of [...chosen].reverse()) wrap = await encrypted(wrap, plan.openers[each].recipient);
      await archive.add(`keys/${name}/${chosen.map((each) => each + 1).join("-")}.age`, wrap);
    }
    await archive.add(`keys/${name}/bidder.age`, await encrypted(text.encode(fileKey), bidder));
  }
  for (const [at, file] of raw.files.entries()) {
    tell(at + 1);
    const name = `${raw.part}/${at + 1}`;
    const framed = paddedStream(name, plan.place, file);
    const ciphertext = await encrypted(framed.stream, recipients[raw.part]);
    await archive.stream(`${name}.age`, ciphertext.size(framed.size), pieces(ciphertext));
  }
  return archive.end();
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

async function bytesOf(blob) {
  return new Uint8Array(await blob.arrayBuffer());
}

async function members(archive) {
  const found = new Map();
  let at = 0;
  while (at + BLOCK <= archive.size) {
    const head = await bytesOf(archive.slice(at, at + BLOCK));
    if (head[0] === 0) break;
    const words = new TextDecoder().decode(head);
    const name = words.slice(0, 100).replace(/\0.*$/s, "");
    const size = parseInt(words.slice(124, 135), 8);
    found.set(name, archive.slice(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}

// What the bidder reads of its own container: its parts, and of each raw file the SHA-256. `archive` is a blob, and of a
// raw file one piece is in memory. Throws when something is not what was sealed.
export async function openedByBidder(archive, identity, tell = () => {}) {
  const files = await members(archive);
  const { place } = JSON.parse(await files.get("seal.json").text());
  const found = { parts: {}, raw: [] };
  const fileKeys = {};
  for (const name of [...files.keys()].filter((each) => /^[a-z]+\.age$/.test(each))) {
    const part = name.slice(0, -4);
    fileKeys[part] = new TextDecoder().decode(await decrypted(await bytesOf(files.get(`keys/${part}/bidder.age`)), identity)).trim();
    found.parts[part] = unpadded(part, place, await decrypted(await bytesOf(files.get(name)), fileKeys[part]));
  }
  for (const name of [...files.keys()].filter((each) => /^(?!keys)[a-z]+\/\d+\.age$/.test(each))) {
    tell(found.raw.length + 1);
    const plain = await decrypted(files.get(name).stream(), fileKeys[name.split("/")[0]]);
    found.raw.push(await unpaddedSha256(name.slice(0, -4), place, plain));
  }
  return found;
}

async function unpaddedSha256(name, place, plain) {
  const head = text.encode(`${name}\n${place}\n`);
  const digest = hash.create();
  let begun = new Uint8Array(0);
  let left = -1; // unknown until the length was read
  for await (let piece of pieces(plain)) {
    if (left < 0) {
      begun = joined([begun, piece]);
      const end = begun.indexOf(10, head.length);
      if (end < 0) continue;
      if (head.some((byte, at) => begun[at] !== byte)) throw new Error("place");
      left = Number(new TextDecoder().decode(begun.subarray(head.length, end)));
      piece = begun.subarray(end + 1);
    }
    const content = piece.subarray(0, left);
    digest.update(content);
    left -= content.length;
  }
  if (left !== 0) throw new Error("length");
  return hex(digest.digest());
}
