// What the pages that seal and open have in common: words, mistakes, progress, questions to the service.

export const english = document.documentElement.lang === "en";

export function wordsOf(root) {
  const words = JSON.parse(root.dataset.words);
  return (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

export function say(root, sentence, tone = "running") {
  const place = root.querySelector("[data-progress]");
  place.hidden = false;
  place.className = `now now--${tone}`;
  place.querySelector("p").textContent = sentence;
}

export function showMistakes(root, mistakes) {
  for (const old of root.querySelectorAll(".govuk-error-message")) old.remove();
  for (const group of root.querySelectorAll(".govuk-form-group--error")) group.classList.remove("govuk-form-group--error");
  for (const field of root.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const [name, sentence] of mistakes) {
    const field = root.querySelector(`#field-${name}`);
    const group = field.closest(".govuk-form-group");
    group.classList.add("govuk-form-group--error");
    const words = document.createElement("p");
    words.className = "govuk-error-message";
    words.textContent = sentence;
    group.querySelector("label, legend").after(words);
    field.setAttribute("aria-invalid", "true");
    field.closest("details")?.setAttribute("open", "");
  }
  if (mistakes.length) root.querySelector(`#field-${mistakes[0][0]}`).focus();
}

export class Refused extends Error {}

// a refusal of the service is a sentence in the reader's language
export async function ask(path, options = {}) {
  const token = document.querySelector('input[name="_csrf_token"]').value;
  const headers = { accept: "application/json", "x-csrftoken": token, ...options.headers };
  const answer = await fetch((english ? "/en" : "") + path, { ...options, headers });
  if (answer.ok) return answer;
  let sentence = `${answer.status}`;
  try {
    const problem = await answer.json();
    sentence = problem.detail || problem.title || sentence;
  } catch {
    // the status is all there is to tell
  }
  if (answer.status >= 500) throw new Error(sentence);
  throw new Refused(sentence);
}
