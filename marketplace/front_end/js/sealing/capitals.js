// An amount that somebody wrote in characters, in fen; null for what is none. The same as marketplace/kernel/capitals.py,
// compared with it by tests/vendors/sealing/test_typed_amounts.py.

const DIGITS = new Map(["零壹贰叁肆伍陆柒捌玖", "〇一二三四五六七八九"].flatMap((row) => [...row].map((char, value) => [char, value])));
DIGITS.set("两", 2).set("貳", 2);
const TIMES = new Map([["拾", 10], ["十", 10], ["佰", 100], ["百", 100], ["仟", 1000], ["千", 1000]]);
const SECTIONS = new Map([["万", 10 ** 4], ["萬", 10 ** 4], ["亿", 10 ** 8], ["億", 10 ** 8]]);
const SUBUNITS = new Map([["角", 10], ["分", 1]]);
const MOST = 10n ** 14n; // fen

export function readCapitals(words) {
  const text = words.replace(/\s/g, "").replace(/^人民币/, "").replace(/^：/, "").replace(/^:/, "")
    .replace(/[圆圓]/g, "元").replace(/[整正]+$/, "");
  const chars = [...text];
  if (!chars.some((char) => DIGITS.has(char) || TIMES.has(char))) return null;
  const at = chars.indexOf("元");
  const hasSubunits = chars.some((char) => SUBUNITS.has(char));
  const [yuan, rest] = at >= 0 ? [chars.slice(0, at), chars.slice(at + 1)] : hasSubunits ? [[], chars] : [chars, []];
  const whole = readYuan(yuan);
  const fen = readFen(rest);
  if (whole === null || fen === null) return null;
  const amount = BigInt(whole) * 100n + BigInt(fen);
  return amount < MOST ? amount : null;
}

function readYuan(chars) {
  let total = 0;
  let section = 0;
  let digit = null;
  let last = 10 ** 9;
  for (const char of chars) {
    if (DIGITS.has(char)) {
      if (digit) return null; // two figures in a row are no amount in words
      digit = DIGITS.get(char);
    } else if (TIMES.has(char)) {
      section += (digit === null && section === 0 ? 1 : digit ?? 0) * TIMES.get(char); // 拾伍 begins without its one
      digit = null;
    } else if (SECTIONS.has(char)) {
      const value = SECTIONS.get(char);
      if (value >= last) return null;
      total += (section + (digit ?? 0)) * value;
      [section, digit, last] = [0, null, value];
    } else return null;
  }
  return total + section + (digit ?? 0);
}

function readFen(chars) {
  let found = 0;
  let digit = null;
  for (const char of chars) {
    if (DIGITS.has(char)) digit = DIGITS.get(char);
    else if (SUBUNITS.has(char) && digit !== null) {
      found += digit * SUBUNITS.get(char);
      digit = null;
    } else return null;
  }
  return digit ? null : found;
}
