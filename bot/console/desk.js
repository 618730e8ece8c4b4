// The desk's messages follow what is said, unless one of them is pointed to.
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
  window.shopkeeperPointTo = (line) => {
    line?.classList.add("pointed");
    line?.scrollIntoView({ block: "center" });
  };
})();
