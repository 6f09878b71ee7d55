/** Connection state: live, reconnecting with the reason, or API gone and what to do. */

import { h, symbol, setText, withCode } from "./dom.js";

const WORDS = {
  connecting: ["◌", "Connecting"],
  live: ["●", "Live"],
  reconnecting: ["◐", "Reconnecting"],
  gone: ["✕", "API gone"],
};

export function start(element, feed) {
  const sign = symbol("◌");
  const state = h("strong", {}, "Connecting");
  const reason = h("span", { class: "reason" });
  const next = h("span", { class: "next" });
  const retry = h("button", { type: "button", class: "small", hidden: true }, "Try now");
  retry.addEventListener("click", () => feed.retry());
  // Only these words are announced: not the button, whose appearance needs no reading.
  element.append(h("div", { role: "status", class: "words" }, h("span", { class: "pill" }, sign, state), reason, next), retry);

  feed.on("connection", (now) => {
    const [mark, word] = WORDS[now.name];
    element.dataset.state = now.name;
    setText(sign, mark);
    setText(state, word);
    setText(reason, now.reason ?? "");
    if (next.dataset.text !== (now.next ?? "")) next.replaceChildren(...withCode(now.next ?? ""));
    next.dataset.text = now.next ?? "";
    if (retry.hidden !== (now.name !== "gone")) retry.hidden = now.name !== "gone";
  });
}
