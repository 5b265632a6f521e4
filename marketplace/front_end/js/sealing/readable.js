// What the opening reads: the same files, lengths and characters as vendors/bids/contents.py and strangers.py.

const UNKEEPABLE = /[\u0000\ud800-\udfff]/u; // with the u flag only half a pair is found, as no database keeps it
const IN_NO_NAME = /[\u0000-\u001f\u007f\ud800-\udfff]/u;

// the files that are sealed with a bid, in this order; a proof only of an evaluation that is claimed
export function filesOf(bid) {
  return [...bid.files, ...(bid.past === "other" && bid.proof ? [bid.proof] : []), ...(bid.agreement ? [bid.agreement] : [])];
}

function isReadable(text, most, refused = UNKEEPABLE) {
  return [...text].length <= most && !refused.test(text);
}

export function textMistakes(bid, plan, refuse) {
  const check = (name, text, most, refused) => {
    if (!isReadable(text, most, refused)) refuse(name, "unreadable", { most });
  };
  if (bid.isFirst) {
    check("qualification_text", bid.qualification, plan.longest_text);
    check("technical_text", bid.technical, plan.longest_text);
    if (bid.past === "other") check("past_buyer", bid.buyer, plan.longest_name);
    for (const { number, name } of bid.members) check(`name_${number}`, name, plan.longest_name, IN_NO_NAME);
    if (bid.subcontract) check("sub_name", bid.subcontract.name, plan.longest_name, IN_NO_NAME);
  }
  if (bid.priceWords && plan.asks_price && plan.quantity) check("price_words", bid.priceWords, plan.longest_words);
}
