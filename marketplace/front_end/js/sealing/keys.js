// Age identities on the reader's own machine: made, locked with a passphrase, written as words, read again.
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { bech32 } from "@scure/base";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist as chinese } from "@scure/bip39/wordlists/simplified-chinese.js";
import { wordlist as english } from "@scure/bip39/wordlists/english.js";
import { sha256Hex } from "./container.js";

const PREFIX = "age-secret-key-";
const WORK_FACTOR = 17; // as much as a phone can do in a few seconds

export async function newKey() {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

export async function lockedFile(identity, passphrase) {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  const recipient = await identityToRecipient(identity);
  return armor.encode(await encrypter.encrypt(`# public key: ${recipient}\n${identity}\n`));
}

export async function unlocked(file, passphrase) {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  const words = new TextDecoder().decode(file);
  const bytes = words.startsWith("-----BEGIN") ? armor.decode(words.trim()) : file;
  const found = (await decrypter.decrypt(bytes, "text")).match(/^AGE-SECRET-KEY-1[0-9A-Z]+$/m);
  if (!found) throw new Error("no identity");
  return { identity: found[0], recipient: await identityToRecipient(found[0]) };
}

// a short form of a recipient to read out and compare, as marketplace/kernel/sealing.py makes it
export async function fingerprint(recipient) {
  return (await sha256Hex(new TextEncoder().encode(recipient))).slice(0, 16).match(/.{4}/g).join(" ");
}

export function recoveryWords(identity, language) {
  const { bytes } = bech32.decodeToBytes(identity.toLowerCase());
  return entropyToMnemonic(bytes, language === "en" ? english : chinese).split(/\s+/);
}

export function identityOfWords(typed) {
  const words = typed.normalize("NFKD").trim().toLowerCase();
  const isChinese = /[\u3400-\u9fff]/.test(words);
  const spaced = isChinese ? [...words.replace(/[^\u3400-\u9fff]/g, "")].join(" ") : words.split(/[^a-z]+/).filter(Boolean).join(" ");
  const bytes = mnemonicToEntropy(spaced, isChinese ? chinese : english);
  return bech32.encodeFromBytes(PREFIX, bytes).toUpperCase();
}

export function offerFile(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
