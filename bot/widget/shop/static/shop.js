// The demo shop page: opens the chat about a product, tells the shop which product a chatting guest looks at, and shows
// the confirmation codes which a real shop would send by e-mail.
"use strict";

const chat = document.querySelector("shopkeeper-chat");
const inbox = document.querySelector(".inbox");

document.querySelector("[data-ask]")?.addEventListener("click", (event) => chat.ask(event.currentTarget.dataset.ask));

document.addEventListener("click", (event) => {
  const menu = document.querySelector(".account[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".account[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

function authorised(options = {}) {
  return { ...options, headers: { "Content-Type": "application/json", Authorization: `Bearer ${chat.token}` } };
}

const viewed = document.querySelector("[data-product]")?.dataset.product;
if (viewed && chat?.token) {
  fetch("/v1/demo/views", authorised({ method: "POST", body: JSON.stringify({ product_id: viewed }) })).catch(() => {});
}

let known = "";

async function readInbox() {
  if (!chat.token || document.hidden) return;
  const answer = await fetch("/v1/demo/codes", authorised()).catch(() => null);
  if (!answer?.ok) return;
  const { codes } = await answer.json();
  const text = JSON.stringify(codes);
  if (text === known) return;
  known = text;
  inbox.hidden = codes.length === 0;
  inbox.querySelector("ul").replaceChildren(...codes.map(entry));
}

function entry({ code, order_id: order }) {
  const item = document.createElement("li");
  const digits = document.createElement("b");
  digits.textContent = code;
  item.append(order ? `Your code for order ${order}` : "Your code", digits);
  return item;
}

let soon = 0;

function readInboxSoon() {
  clearTimeout(soon); // an old conversation's messages all come at once
  soon = setTimeout(readInbox, 100);
}

if (chat && inbox) {
  readInboxSoon();
  chat.addEventListener("message", readInboxSoon); // a code goes out with a message that says so
  document.addEventListener("visibilitychange", readInboxSoon);
}
