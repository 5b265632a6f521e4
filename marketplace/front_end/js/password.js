// A button beside each password field shows what was typed. It is made here, so that the page without scripts is as it was.
for (const field of document.querySelectorAll("input[type=password][data-show]")) {
  const line = document.createElement("div");
  line.className = "password-line";
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button button--quiet password-line__show", textContent: field.dataset.show });
  button.setAttribute("aria-label", field.dataset.showLabel);
  button.setAttribute("aria-controls", field.id);
  const turn = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  turn(false);
  field.autocapitalize = "none"; // shown, it is a text field: a phone must not begin it with a capital
  button.addEventListener("click", () => turn(field.type === "password"));
  // sent, and kept in the history of the page, as a password again
  field.form?.addEventListener("submit", () => turn(false));
  window.addEventListener("pagehide", () => turn(false));
  field.before(line);
  line.append(field, button);
}
