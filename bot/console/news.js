// News on the page and, while the agent looks at no page of the console, on the desktop; both lead to `address`.
(() => {
  const ANSWER_MS = 300; // in which another page says that it is looked at
  const can = () => "Notification" in window && Notification.permission !== "denied";
  const mark = () => document.body.classList.toggle("asks-to-notify", can() && Notification.permission === "default");
  const looking = () => document.hasFocus() && !document.hidden;

  const pages = new BroadcastChannel("shopkeeper console");
  let seen = false;
  pages.onmessage = ({ data }) => {
    if (data === "here") seen = true;
    else if (looking()) pages.postMessage("here");
  };

  async function away() {
    if (looking()) return false;
    seen = false;
    pages.postMessage("who looks?");
    await new Promise((done) => setTimeout(done, ANSWER_MS));
    return !seen;
  }

  window.shopkeeperAskToNotify = () => Notification.requestPermission().then(mark);
  window.shopkeeperTell = async ({ title, text, address, toast }) => {
    const open = () => {
      window.focus();
      location.href = address;
    };
    const actions = [{ label: "Open", color: "white", noCaps: true, handler: open }];
    if (toast) Quasar.Notify.create({ type: "info", position: "top", message: title, actions });
    if (!can() || Notification.permission !== "granted" || !(await away())) return;
    new Notification(title, { body: text, tag: address }).onclick = open;
  };
  mark();
})();
