// An opener's key made here: the private part leaves this page only as a locked file and as printed words.
import { fingerprint, identityOfWords, lockedFile, newKey, offerFile, recoveryWords } from "./keys.js";
import { say, showMistakes, wordsOf } from "./page.js";
import { identityToRecipient } from "age-encryption";

const SHORTEST_PASSPHRASE = 12;

export function makeKeyOn(root) {
  const words = wordsOf(root);
  const language = document.documentElement.lang === "en" ? "en" : "zh";
  root.hidden = false;

  const give = async (identity, passphrase) => {
    say(root, words("working"));
    const recipient = await identityToRecipient(identity);
    offerFile(await lockedFile(identity, passphrase), "opener-identity.age");
    const list = root.querySelector("[data-recovery]");
    list.replaceChildren(...recoveryWords(identity, language).map((word) => {
      const item = document.createElement("li");
      item.textContent = word;
      return item;
    }));
    root.querySelector("[data-made]").hidden = false;
    root.querySelector("[data-fingerprint]").textContent = await fingerprint(recipient);
    document.querySelector("#field-recipient").value = recipient;
    say(root, words("made"), "done");
  };

  const passphrase = () => {
    const typed = root.querySelector("#field-passphrase").value;
    const mistakes = [];
    if (typed.trim().length < SHORTEST_PASSPHRASE) mistakes.push(["passphrase", words("passphrase")]);
    else if (typed !== root.querySelector("#field-passphrase_again").value) mistakes.push(["passphrase_again", words("passphrase_again")]);
    showMistakes(root, mistakes);
    return mistakes.length ? null : typed;
  };

  root.querySelector("[data-act=make]").addEventListener("click", async () => {
    const typed = passphrase();
    if (typed) await give((await newKey()).identity, typed);
  });
  root.querySelector("[data-act=recover]").addEventListener("click", async () => {
    const typed = passphrase();
    if (!typed) return;
    let identity;
    try {
      identity = identityOfWords(root.querySelector("#field-recovery").value);
    } catch {
      showMistakes(root, [["recovery", words("recovery")]]);
      return;
    }
    await give(identity, typed);
  });
  root.querySelector("[data-act=print]").addEventListener("click", () => window.print());
}
