// A draft's section is kept on this device at every key and saved to the office when the typing rests.
// Nothing is sent that a press of the button would not send; without this file the button does the same.

const form = document.getElementById("draft-subject");
const refused = document.querySelector("[data-focus-first]");

// the button was pressed on the page before this one, and this one refuses nothing: what was kept is stored
try {
  const sent = sessionStorage.getItem("draft-sent");
  if (sent && !refused) localStorage.removeItem(sent);
  sessionStorage.removeItem("draft-sent");
} catch { /* no store, nothing kept */ }

const told = form?.querySelector("[data-autosave]");
if (form && told) {
  const place = `draft:${form.getAttribute("action")}`;
  const rest = 4000;
  let timer, busy = false, dirty = false;

  const typed = () => {
    const pairs = new FormData(form);
    pairs.delete("_csrf_token");
    return [...pairs.entries()].filter(([name, value]) => name !== "version" && typeof value === "string");
  };
  const say = (words) => { told.textContent = words; told.hidden = !words; };
  const english = document.documentElement.lang.startsWith("en");
  const words = english
    ? { here: "Not sent yet; kept on this device.", back: "What you typed earlier and was not saved is back.", lost: "No connection. Kept on this device; it is sent when the connection is back.",
        out: "You are signed out. Kept on this device: sign in in another window, then go on here." }
    : { here: "还没有送到，已保存在这台设备上。", back: "上次没有保存成的内容已经找回。", lost: "没有网络，已保存在这台设备上，网络恢复后自动保存。",
        out: "登录已经结束，内容已保存在这台设备上。请在另一个窗口重新登录，再回到这里接着写。" };

  const keep = () => {
    try { localStorage.setItem(place, JSON.stringify(typed())); } catch { /* a full or closed store: the button still saves */ }
  };
  const forget = () => { try { localStorage.removeItem(place); } catch { /* nothing kept, nothing to forget */ } };

  const send = async () => {
    if (busy || !dirty) return;
    busy = true;
    dirty = false;
    const body = new URLSearchParams(new FormData(form));
    body.set("then", "autosave");
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (answer.status === 401) {
        // it is asked again at the next key, not every few seconds
        dirty = busy = false;
        keep();
        say(words.out);
        return;
      }
      if (!answer.headers.get("content-type")?.includes("json")) throw new Error("signed out");
      const result = await answer.json();
      say(result.why);
      if (result.saved) {
        form.elements.namedItem("version").value = result.version;
        if (!dirty) forget();
      }
    } catch {
      dirty = true;
      say(words.lost);
    }
    busy = false;
    if (dirty) timer = setTimeout(send, rest);
  };

  // what a lost connection or a closed window left behind comes back, unless it is what stands there anyway
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? "null");
    if (kept && JSON.stringify(kept) !== JSON.stringify(typed()) && !refused) {
      for (const field of form.elements) {
        if (!field.name || ["hidden", "submit"].includes(field.type)) continue;
        const values = kept.filter(([name]) => name === field.name).map(([, value]) => value);
        if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(field.value);
        else if (values.length) field.value = values[0];
      }
      say(words.back);
      dirty = true;
      timer = setTimeout(send, rest);
    }
  } catch { forget(); }

  form.addEventListener("input", (event) => {
    if (event.target.name?.startsWith("example-")) return; // examples are not part of the draft
    dirty = true;
    keep();
    say(words.here);
    clearTimeout(timer);
    timer = setTimeout(send, rest);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    keep();
    try { sessionStorage.setItem("draft-sent", place); } catch { /* it is offered again, no harm */ }
  });
  window.addEventListener("online", send);
}
