// Harm or a crisis in one tap, before the digits are typed and without a network: kept, sent first, said whom to call.
// Without the digits only kind and moment are kept; whose visit is going on is kept encrypted.
import { keepSetting, openBox, sealBox, setting } from "./box.js";

export function alarmsOn(root, words, plan, database, offset) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  let state = { key: null, running: null };

  const office = () => state.running?.town ?? root.querySelector("#field-town")?.value ?? "";

  function call() {
    const officer = plan.officers[office()] ?? Object.values(plan.officers)[0];
    part("officer").replaceChildren(...(officer ? [`${words("officer", { name: officer.name })} `, phone(officer.phone)] : [`${words("no_officer")} `, phone("12345")]));
  }

  function phone(number) {
    const link = document.createElement("a");
    link.className = "button button--primary";
    link.href = `tel:${number}`;
    link.textContent = number;
    return link;
  }

  async function show() {
    const kept = (await setting(database, "alarms")) ?? [];
    const sent = (await setting(database, "alarms_sent")) ?? [];
    part("alarms").replaceChildren(...[...kept.map(() => words("alarm_waits")), ...sent.map(({ reference }) => words("alarm_sent", { reference }))].map((said) => {
      const item = document.createElement("li");
      item.textContent = said;
      return item;
    }));
  }

  for (const button of root.querySelectorAll("[data-alarm]")) {
    button.addEventListener("click", async () => {
      const kind = button.dataset.alarm;
      for (const each of root.querySelectorAll("[data-do-now]")) each.hidden = each.dataset.doNow !== kind;
      part("do-now").hidden = false;
      call();
      const alarm = { id: crypto.randomUUID(), kind, noticed_at: new Date(Date.now() + offset).toISOString(), office: office() };
      if (state.key && state.running) alarm.box = await sealBox(state.key, { recipient_code: state.running.recipient_code });
      await keepSetting(database, "alarms", [...((await setting(database, "alarms")) ?? []), alarm]);
      await show();
      part("do-now").focus();
      root.dispatchEvent(new CustomEvent("alarm"));
    });
  }

  return {
    show,
    know(key, running) { state = { key, running }; },
    // what can be sent now: one whose visit is encrypted waits for the digits no longer than this page is locked
    async waiting() {
      const kept = (await setting(database, "alarms")) ?? [];
      return Promise.all(kept.map(async ({ box, ...alarm }) => ({ ...alarm, ...(box && state.key ? await openBox(state.key, box) : {}) })));
    },
    async answered(answers) {
      const known = new Map(answers.filter(({ reference }) => reference).map((each) => [each.id, each]));
      const kept = (await setting(database, "alarms")) ?? [];
      await keepSetting(database, "alarms", kept.filter(({ id }) => !known.has(id)));
      const sent = (await setting(database, "alarms_sent")) ?? [];
      await keepSetting(database, "alarms_sent", [...known.values(), ...sent].slice(0, 5));
      await show();
    },
  };
}
