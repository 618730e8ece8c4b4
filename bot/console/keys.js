// Keys of every page. An element says with `aria-keyshortcuts` which key is its own; j and k move through the list, the
// arrows through an open menu. Nothing else happens there or in a dialog; while somebody types only Alt with a digit.
(() => {
  const FIELDS = "input, textarea, select, [contenteditable]";
  const usable = (element) => element.offsetParent !== null && !element.disabled;

  function move(selector, step) {
    const items = [...document.querySelectorAll(selector)].filter(usable);
    const focused = items.indexOf(document.activeElement);
    const here = focused >= 0 ? focused : items.findIndex((item) => item.classList.contains("selected"));
    items[Math.min(items.length - 1, Math.max(0, here + step))]?.focus();
    return items.length > 0;
  }

  function press(key) {
    const named = [...document.querySelectorAll("[aria-keyshortcuts]")];
    const element = named.find((one) => one.getAttribute("aria-keyshortcuts") === key && usable(one));
    if (element?.matches(`${FIELDS}, [tabindex="-1"]`)) element.focus();
    else element?.click();
    return element !== undefined;
  }

  // Named by its place on the keyboard, as Alt changes what a key writes. The browser would go to another tab.
  function offer(event) {
    const digit = document.querySelector(".offers") && /^Digit([1-5])$/.exec(event.code)?.[1];
    if (!digit) return;
    event.preventDefault();
    press(`Alt+${digit}`);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (document.querySelector(".q-dialog, .q-menu")) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && move(".q-menu [role=menuitem]", step)) event.preventDefault();
      return;
    }
    if (event.altKey) {
      offer(event);
      return;
    }
    if (event.target.closest(FIELDS)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const step = { j: 1, k: -1 }[event.key];
    if (step) move(".items .item", step);
    if (step || press(event.key)) event.preventDefault();
  });
})();
