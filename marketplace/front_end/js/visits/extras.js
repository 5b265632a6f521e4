// What comes with a visit besides its six points: tasks, confirmation, place, colleagues. All of it may stay empty.
import { signatureOn } from "./signature.js";

const WAIT = 20_000; // milliseconds for the phone to find where it is

export function extrasOn(root, words, plan, offset) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const field = (name) => root.querySelector(`#field-${name}`);
  const signature = signatureOn(part("canvas"));
  let place = null;
  let order = null; // the piece of work this visit belongs to, with the resident it was asked for
  let signedBefore = ""; // of a visit that is being mended: it stands unless somebody signs again
  let openedAt = Date.now();

  function box(name, value, label, checked) {
    const item = document.createElement("div");
    item.className = "govuk-checkboxes__item";
    const input = document.createElement("input");
    input.className = "govuk-checkboxes__input";
    input.type = "checkbox";
    input.id = `${name}-${value}`;
    input.value = value;
    input.checked = checked;
    const said = document.createElement("label");
    said.className = "govuk-label govuk-checkboxes__label";
    said.htmlFor = input.id;
    said.textContent = label;
    item.append(input, said);
    return item;
  }

  const ticked = (name) => [...part(name).querySelectorAll("input:checked")].map(({ value }) => value);

  function offerTasks(contract, chosen = []) {
    const tasks = plan.contracts.find(({ id }) => id === contract)?.tasks ?? [];
    part("tasks-group").hidden = !tasks.length;
    part("tasks").replaceChildren(...tasks.map(({ key, label }) => box("tasks", key, label, chosen.includes(key))));
  }

  function offerColleagues(colleagues, chosen = []) {
    part("companions-group").hidden = !colleagues.length;
    part("companions").replaceChildren(...colleagues.map(({ id, name }) => box("companions", id, name, chosen.includes(id))));
  }

  function showWay() {
    const chosen = field("confirmed_by").value;
    for (const way of ["code", "signature", "village", "slip"]) part(`way-${way}`).hidden = way !== chosen;
  }

  function showPlace() {
    part("place").textContent = place ? words("placed", { latitude: place.latitude, longitude: place.longitude }) : "";
    part("unplace").hidden = !place;
    part("locate").hidden = Boolean(place);
  }

  part("locate").addEventListener("click", () => {
    part("place").textContent = words("placing");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // rounded before it is kept: nothing finer than about 100 m is ever written down
        place = { latitude: coords.latitude.toFixed(3), longitude: coords.longitude.toFixed(3), placed_at: new Date(Date.now() + offset).toISOString() };
        showPlace();
      },
      () => { part("place").textContent = words("not_placed"); },
      { timeout: WAIT, maximumAge: 0 },
    );
  });
  part("unplace").addEventListener("click", () => { place = null; showPlace(); });
  part("clear").addEventListener("click", () => { signedBefore = ""; signature.clear(); });
  field("confirmed_by").addEventListener("change", showWay);
  field("exception").addEventListener("change", () => { part("exception-reason").hidden = !field("exception").value; });

  return {
    offerTasks,
    offerColleagues,
    fill(visit, colleagues) {
      offerTasks(visit.contract, visit.tasks);
      offerColleagues(colleagues, visit.companions);
      for (const name of ["confirmed_by", "short_code", "slip_number", "village_words", "exception", "exception_reason"]) {
        field(name).value = visit[name] ?? "";
      }
      part("exception-reason").hidden = !field("exception").value;
      place = visit.latitude ? { latitude: visit.latitude, longitude: visit.longitude, placed_at: visit.placed_at } : null;
      order = visit.order ? { order: visit.order, code: visit.recipient_code, two: visit.needs_two } : null;
      signedBefore = visit.signature ?? "";
      signature.clear();
      showWay();
      showPlace();
      openedAt = Date.now();
    },
    values() {
      const way = field("confirmed_by").value;
      const kept = { tasks: ticked("tasks"), companions: ticked("companions"), confirmed_by: way };
      if (way === "code") kept.short_code = field("short_code").value.trim();
      if (way === "signature") kept.signature = signature.text() || signedBefore;
      if (way === "village") kept.village_words = field("village_words").value.trim();
      if (way === "slip") kept.slip_number = field("slip_number").value.trim();
      if (field("exception").value) Object.assign(kept, { exception: field("exception").value, exception_reason: field("exception_reason").value.trim() });
      // another resident than the order's is no visit of the order
      if (order && field("recipient_code").value.trim() === order.code) kept.order = order.order;
      kept.seconds = Math.min(86_400, Math.round((Date.now() - openedAt) / 1000));
      kept.clock_off_seconds = Math.max(-2e9, Math.min(2e9, Math.round(offset / 1000)));
      return { ...kept, ...place };
    },
    // what is missing for the way that was chosen
    mistakes(values) {
      const carried = { code: "short_code", signature: "confirmed_by", village: "village_words", slip: "slip_number" };
      const found = [];
      const has = { code: values.short_code, signature: values.signature, village: values.village_words, slip: values.slip_number };
      if (values.confirmed_by && !has[values.confirmed_by]) found.push([carried[values.confirmed_by], words("missing")]);
      if (values.confirmed_by === "code" && has.code && !/^\d{4}$/.test(has.code)) found.push(["short_code", words("four_digits")]);
      // said here, so that nobody learns of it in the evening (R-CHILD-01)
      if (values.order && order.two && !values.companions.length && part("companions").children.length) found.push(["companions", words("two")]);
      if (values.exception && !values.exception_reason) found.push(["exception_reason", words("missing")]);
      return found;
    },
  };
}
