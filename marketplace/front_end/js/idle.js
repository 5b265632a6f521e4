// Who types, presses or scrolls is not idle: the office hears of it now and then, so that a page that takes an hour to write
// does not end the session. Two minutes before the end it is said, and any key goes on. Without this file a form that is
// posted later asks to sign in again and is then sent on as it was typed.

const minutes = Number(document.documentElement.dataset.idle);
const place = "here-at";

function watch() {
  const english = document.documentElement.lang.startsWith("en");
  const words = english
    ? { soon: "Nothing was pressed here for a while. You will be signed out in two minutes; any key or tap keeps you signed in.",
        over: "You were signed out because nothing was pressed here for a while. What stands in this page is not lost: send it as usual, sign in again, and it goes on." }
    : { soon: "您有一段时间没有操作，两分钟后会自动退出登录。按任意键或点一下屏幕，就不会退出。",
        over: "您有一段时间没有操作，已自动退出登录。这一页上的内容没有丢：照常提交，重新登录后会接着提交。" };
  const pause = minutes * 60_000 / 6;
  const end = minutes * 60_000;
  const warned = Math.max(end - 120_000, end / 2);
  const told = document.createElement("p");
  Object.assign(told, { className: "note idle-note", hidden: true });
  told.setAttribute("role", "status");
  document.querySelector("main").prepend(told);
  const say = (text) => { if (told.textContent !== text) { told.textContent = text; told.hidden = !text; } };

  // of all windows of this browser, the one that was last heard of
  let mine = Date.now();
  const note = () => {
    mine = Date.now();
    try { localStorage.setItem(place, String(mine)); } catch { /* each window counts for itself */ }
  };
  const last = () => {
    try { return Math.max(mine, Number(localStorage.getItem(place)) || 0); } catch { return mine; }
  };
  note();

  let asking = false, isOver = false;
  const here = async () => {
    const since = Date.now() - last();
    if (asking || isOver || since < pause) return;
    asking = true;
    try {
      const answer = await fetch("/still-here", { headers: { accept: "application/json" }, cache: "no-store" });
      if (answer.status === 401) { isOver = true; say(words.over); }
      else if (answer.ok) { note(); say(""); }
    } catch { /* no line now; the next key tries again */ }
    asking = false;
  };
  for (const sign of ["input", "keydown", "pointerdown", "scroll"]) {
    document.addEventListener(sign, here, { capture: true, passive: true });
  }
  setInterval(() => {
    const since = Date.now() - last();
    if (isOver) return;
    if (since >= end) { isOver = true; say(words.over); } else say(since >= warned ? words.soon : "");
  }, 10_000);
}

if (minutes) watch();
