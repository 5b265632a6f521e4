// A sheet filled in where there is no line: kept on this device at every key, given back when the page is opened again.
// Nothing is sent that a press of the button would not send; without this file the button does the same.

const form = document.getElementById("kept-here");
const told = form?.querySelector("[data-kept]");
if (form && told) {
  const place = `kept:${form.getAttribute("action")}`;
  const sentMark = "kept-sent";
  const refused = document.querySelector("[data-focus-first]");
  const english = document.documentElement.lang.startsWith("en");
  const words = english
    ? { here: "Kept on this device; not handed in yet.", back: "What you wrote earlier is back.", lost: "No connection. It stays on this device; hand it in when the connection is back." }
    : { here: "已保存在这台设备上，还没有交。", back: "上次写的内容已经找回。", lost: "没有网络，内容留在这台设备上，有网络以后再交。" };
  const say = (text) => { told.textContent = text; told.hidden = !text; };
  const typed = () => [...new FormData(form).entries()].filter(([name, value]) => name !== "_csrf_token" && typeof value === "string");

  try {
    // the button was pressed on the page before this one, and this one refuses nothing: what was kept is handed in
    if (sessionStorage.getItem(sentMark) === place && !refused) localStorage.removeItem(place);
    sessionStorage.removeItem(sentMark);
    const kept = JSON.parse(localStorage.getItem(place) ?? "null");
    if (kept && !refused) {
      for (const [name, value] of kept) {
        const field = form.elements.namedItem(name);
        if (field) field.value = value;
      }
      say(words.back);
    }
  } catch { /* no store, nothing kept */ }

  form.addEventListener("input", () => {
    try {
      localStorage.setItem(place, JSON.stringify(typed()));
      say(words.here);
    } catch { /* a full or closed store: the button still sends */ }
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine === false) {
      event.preventDefault();
      event.stopImmediatePropagation();
      say(words.lost);
      return;
    }
    try { sessionStorage.setItem(sentMark, place); } catch { /* it is offered again; sent twice it is one sheet */ }
  }, true);
}
