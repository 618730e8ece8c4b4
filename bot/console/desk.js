// Keys and desktop notifications of the desk. An element says with `aria-keyshortcuts` which key is its own; j and k
// move through the list. Nothing happens while somebody types, or while a dialog or a menu is open.
(() => {
  const FIELDS = "input, textarea, select, [contenteditable]";
  const usable = (element) => element.offsetParent !== null && !element.disabled;

  function move(step) {
    const items = [...document.querySelectorAll(".items .item")].filter(usable);
    const focused = items.indexOf(document.activeElement);
    const here = focused >= 0 ? focused : items.findIndex((item) => item.classList.contains("selected"));
    items[Math.min(items.length - 1, Math.max(0, here + step))]?.focus();
  }

  function press(key) {
    const named = [...document.querySelectorAll("[aria-keyshortcuts]")];
    const element = named.find((one) => one.getAttribute("aria-keyshortcuts") === key && usable(one));
    if (element?.matches(`${FIELDS}, [tabindex="-1"]`)) element.focus();
    else element?.click();
    return element !== undefined;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (document.querySelector(".q-dialog, .q-menu")) return;
    if (event.target.closest(FIELDS)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const step = { j: 1, k: -1 }[event.key];
    if (step) move(step);
    if (step || press(event.key)) event.preventDefault();
  });

  const NEAR_END = 400; // pixels: who reads further up is left there
  const following = new ResizeObserver(([{ target }]) => {
    if (target.scrollHeight - target.scrollTop - target.clientHeight < NEAR_END) target.scrollTop = target.scrollHeight;
  });
  window.shopkeeperToEnd = (log) => {
    if (!log) return;
    log.scrollTop = log.scrollHeight;
    following.observe(log);
  };

  const can = () => "Notification" in window && Notification.permission !== "denied";
  const mark = () => document.body.classList.toggle("asks-to-notify", can() && Notification.permission === "default");

  window.shopkeeperAskToNotify = () => Notification.requestPermission().then(mark);
  window.shopkeeperNotify = (title, body) => {
    if (!can() || Notification.permission !== "granted" || (document.hasFocus() && !document.hidden)) return;
    const shown = new Notification(title, { body, tag: title });
    shown.onclick = () => window.focus();
  };
  mark();
})();
