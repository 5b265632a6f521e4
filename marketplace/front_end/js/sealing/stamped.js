// Which of the chosen files carries the organisation's seal or electronic signature (R-RECORD-01); as vendors/bids/seals.py asks.
import { filesOf } from "./readable.js";

// what is sealed is offered anew whenever anything changes; what was named stays named while it is among the files
export function nameStamped(root, read) {
  const place = root.querySelector("[data-stamped]");
  if (!place) return;
  const select = root.querySelector("#field-seal_paper");
  const first = select.options[0];
  const offer = () => {
    const named = select.value;
    const names = filesOf(read()).map((file) => file.name);
    select.replaceChildren(first, ...names.map((name) => new Option(name, name, false, name === named)));
    place.querySelector("[data-unnamed]").hidden = select.value !== "";
  };
  root.addEventListener("change", offer);
  offer();
}

export function stampedIn(root) {
  const value = (name) => root.querySelector(`#field-${name}`)?.value ?? "";
  return { paper: value("seal_paper"), kind: value("seal_kind") };
}

export function stampMistakes(bid, refuse) {
  const { stamped } = bid;
  if (stamped.kind && !stamped.paper) refuse("seal_paper", "seal_paper");
  else if (stamped.paper && !filesOf(bid).some((file) => file.name === stamped.paper)) refuse("seal_paper", "seal_gone");
  if (stamped.paper && !stamped.kind) refuse("seal_kind", "seal_kind");
}

export function stampPart({ paper, kind }) {
  return { attachment: paper, kind };
}
