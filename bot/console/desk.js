// The desk's messages follow what is said, unless one of them is pointed to; and the box that is written in.
(() => {
  const NEAR_END = 400; // pixels: who reads further up is left there
  const following = new ResizeObserver(([{ target }]) => {
    if (target.scrollHeight - target.scrollTop - target.clientHeight < NEAR_END) target.scrollTop = target.scrollHeight;
  });
  window.shopkeeperToEnd = (log) => {
    if (!log) return;
    log.scrollTop = log.scrollHeight;
    following.observe(log);
  };
  window.shopkeeperWrite = (button, note) => {
    const composer = button.closest(".composer");
    composer.classList.toggle("noting", note);
    composer.querySelector(note ? ".for-note textarea" : ".for-answer textarea").focus();
  };
  window.shopkeeperPointTo = (line) => {
    line?.classList.add("pointed");
    line?.scrollIntoView({ block: "center" });
  };
})();
