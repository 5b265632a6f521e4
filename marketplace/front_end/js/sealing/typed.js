// What a Chinese keyboard types, as plain letters, digits and signs; the same as marketplace/kernel/characters.py.

export function narrowed(text) {
  return text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\u200b-\u200d\u2060\ufeff]/g, "").replace(/\u3000/g, " ");
}
