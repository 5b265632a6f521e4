import "./drafts.js";
import "./idle.js";
import "./review.js";
import "./score.js";
import "./what_if.js";

// Everything works without this file; it only makes two things kinder.

// After a refused form, a screen reader and the keyboard start at the summary of mistakes.
const summary = document.querySelector("[data-focus-first]");
if (summary) summary.focus();

// A second press of the same button within three seconds does nothing: the first is on its way.
const patience = 3000;
const sentAt = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!event.submitter?.hasAttribute("data-once")) return;
  const earlier = sentAt.get(form);
  if (earlier !== undefined && event.timeStamp - earlier < patience) {
    event.preventDefault();
    return;
  }
  sentAt.set(form, event.timeStamp);
});

// The phone's menu closes with Escape and gives the focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.site-menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
