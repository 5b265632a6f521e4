// The example bids are scored again while weights are edited: the same parts the button shows, nothing is stored.

const form = document.getElementById("draft-subject");
const parts = [...document.querySelectorAll("[data-live]")];

if (form && form.querySelector("[data-what-if]")) {
  const rest = 350;
  let timer, asked = 0;
  const matters = (name) => /^(example-|criteria-\d+-|band-|past_performance_form$|is_price_fixed$|price_weight$|small_micro_deduction$|rounding$)/.test(name ?? "");

  const ask = async () => {
    const body = new URLSearchParams(new FormData(form));
    body.set("then", "what_if_parts");
    const mine = ++asked;
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (!answer.ok || mine !== asked) return;
      const read = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts) {
        const fresh = read.querySelector(`[data-live="${part.dataset.live}"]`);
        if (fresh) part.replaceChildren(...fresh.childNodes);
      }
    } catch { /* no connection: the button says so */ }
  };
  form.addEventListener("input", (event) => {
    if (!matters(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, rest);
  });
}
