/* Shopkeeper's web chat: <shopkeeper-chat server="https://…" shop="…"></shopkeeper-chat>, one script tag, no dependency.

   Attributes: server (default: where this script came from), shop (the name in the header), language (default: the
   page's), customer-id and signature (the shop vouches for a signed-in customer). CSS custom properties on the element
   set its looks: --shopkeeper-accent, -on-accent, -surface, -text, -font, -radius, -z-index.

   The one thing to know: what is on screen is what the server has. Messages are shown by `seq`, our own wait in an outbox
   until the server has stored them, and `since_seq` only moves with messages received, never with acknowledgements. */
(() => {
  "use strict";

  const TEXTS = {
    en: {
      chat: "Chat", open: "Open chat", close: "Close chat", unread: (n) => `${n} unread message${n === 1 ? "" : "s"}`,
      assistant: "Virtual assistant", you: "You", with: (name) => `${name} is with you`, agent: "Our team",
      waiting: "Waiting for a person", ended: "Conversation ended", offline: "Offline",
      banner: "You are offline. Messages you write now are sent as soon as you are back.",
      person: "Talk to a person",
      placeholder: "Write a message…", label: "Your message", send: "Send", log: "Messages", newer: "New messages",
      sending: "Sending…", sent: "Delivered", refused: "Not sent", typing: (name) => `${name} is writing…`,
      hello: (shop) => `Hello! I am the virtual assistant of ${shop}. How can I help?`,
      helloNote: "I answer at once. A person of our team is one tap away.",
      starters: ["Where is my order?", "I want to return something", "Recommend me something", "Talk to a person"],
      order: "Order", placed: "Placed", expected: "Expected", total: "Total", view: "View", picture: "Picture",
      products: "Products", previous: "Previous products", next: "More products", file: "File",
      status: { placed: "Placed", paid: "Paid", packed: "Packed", shipped: "On its way", delivered: "Delivered",
        cancelled: "Cancelled", returned: "Returned" },
      helped: "Did this help?", up: "This helped", down: "This did not help", told: {},
      failed: "The chat cannot be reached at the moment. We keep trying.", unavailable: "The chat is not available on this page.",
    },
    zh: {
      chat: "在线客服", open: "打开客服窗口", close: "关闭客服窗口", unread: (n) => `${n} 条未读消息`,
      assistant: "智能助手", you: "您", with: (name) => `${name} 正在为您服务`, agent: "客服团队",
      waiting: "正在等待人工客服", ended: "会话已结束", offline: "已离线",
      banner: "您已离线。现在输入的消息会在恢复连接后立即发送。",
      person: "转人工客服",
      placeholder: "请输入消息…", label: "您的消息", send: "发送", log: "消息记录", newer: "新消息",
      sending: "发送中…", sent: "已送达", refused: "未发送", typing: (name) => `${name} 正在输入…`,
      hello: (shop) => `您好！我是 ${shop} 的智能助手，请问有什么可以帮您？`,
      helloNote: "我会立即回复，您也可以随时转接人工客服。",
      starters: ["我的订单在哪里？", "我想退货", "给我推荐一些商品", "转人工客服"],
      order: "订单", placed: "下单日期", expected: "预计送达", total: "合计", view: "查看", picture: "图片",
      products: "商品", previous: "上一组商品", next: "更多商品", file: "文件",
      status: { placed: "已下单", paid: "已付款", packed: "已打包", shipped: "运输中", delivered: "已送达",
        cancelled: "已取消", returned: "已退货" },
      told: { queued: "已为您转接人工客服，请稍候。您可以继续留言。", assigned: "人工客服已加入会话。", bot: "您正在与智能助手对话，还有什么可以帮您？",
        resolved: "本次会话已结束，您可以随时再次留言。" }, // what the server says about itself, by `what`
      helped: "这个回答有帮助吗？", up: "有帮助", down: "没有帮助",
      failed: "暂时无法连接客服，我们会继续重试。", unavailable: "此页面暂不提供在线客服。",
    },
  };

  const PERSON = "/contact_human_agent"; // the one payload the server accepts without having rendered it
  const ICONS = {
    chat: "M21 11.5a8.4 8.4 0 0 1-12.3 7.4L3 21l2.1-5.7A8.4 8.4 0 1 1 21 11.5Z",
    close: "M6 6l12 12M18 6 6 18",
    send: "M4 12 20 4l-4.5 16-4-6.5L4 12Zm7.5 1.5L20 4",
    person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8a7 7 0 0 1 14 0",
    spark: "M12 3l1.9 5.1L19 10l-5.1 1.9L12 17l-1.9-5.1L5 10l5.1-1.9L12 3Zm6.5 12 .9 2.1 2.1.9-2.1.9-.9 2.1-.9-2.1-2.1-.9 2.1-.9.9-2.1Z",
    box: "M12 3l8 4.5v9L12 21l-8-4.5v-9L12 3Zm0 9 8-4.5M12 12 4 7.5M12 12v9",
    left: "M15 5l-7 7 7 7", right: "M9 5l7 7-7 7", down: "M5 9l7 7 7-7",
    file: "M14 3H6v18h12V7l-4-4Zm0 0v4h4",
    thumb: "M7 11v9H4v-9h3Zm0 0 4-8a2.4 2.4 0 0 1 2.3 3L12.5 9H18a2 2 0 0 1 2 2.3l-1.2 7a2 2 0 0 1-2 1.7H7",
  };

  const STYLE = `
    :host { --accent: var(--shopkeeper-accent, #1d5c4a); --on-accent: var(--shopkeeper-on-accent, #fff);
      --surface: var(--shopkeeper-surface, #fff); --text: var(--shopkeeper-text, #1c2421); --muted: #5d6965;
      --soft: color-mix(in srgb, var(--text) 6%, var(--surface)); --line: color-mix(in srgb, var(--text) 13%, var(--surface));
      --tint: color-mix(in srgb, var(--accent) 9%, var(--surface)); --link: var(--accent);
      --radius: var(--shopkeeper-radius, 18px);
      font: 15px/1.45 var(--shopkeeper-font, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", "Noto Sans", "Noto Sans SC", Arial, sans-serif);
      color: var(--text); position: fixed; inset: auto 20px 20px auto; z-index: var(--shopkeeper-z-index, 2147483000); }
    @media (prefers-color-scheme: dark) { :host { --surface: var(--shopkeeper-surface-dark, #171c1a);
      --text: var(--shopkeeper-text-dark, #e9efec); --muted: #9daaa5; --tint: color-mix(in srgb, var(--accent) 28%, var(--surface));
      --link: color-mix(in srgb, var(--accent) 45%, #fff); } }
    * { box-sizing: border-box; } [hidden] { display: none !important; }
    button, textarea { font: inherit; color: inherit; margin: 0; } button { cursor: pointer; }
    svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; flex: none; }
    :focus-visible { outline: 3px solid color-mix(in srgb, var(--accent) 55%, #8fd3ff); outline-offset: 2px; }
    .hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

    .launcher { display: grid; place-items: center; width: 60px; height: 60px; border: 0; border-radius: 50%; background: var(--accent);
      color: var(--on-accent); box-shadow: 0 6px 24px rgb(0 0 0 / .28); transition: transform .16s ease; position: relative; margin-left: auto; }
    .launcher:hover { transform: translateY(-2px); } .launcher svg { width: 27px; height: 27px; }
    .badge { position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #c22f2f;
      color: #fff; font-size: 12px; font-weight: 700; line-height: 22px; text-align: center; box-shadow: 0 0 0 2px var(--surface); }

    .panel { position: fixed; right: 20px; bottom: 92px; width: 400px; height: min(660px, calc(100dvh - 112px)); display: flex; flex-direction: column;
      background: var(--surface); border-radius: var(--radius); overflow: hidden;
      box-shadow: 0 0 0 1px color-mix(in srgb, var(--text) 10%, transparent), 0 18px 56px rgb(0 0 0 / .26); animation: rise .2s ease; }
    @keyframes rise { from { opacity: 0; transform: translateY(14px); } }

    header { display: flex; align-items: center; gap: 10px; padding: 13px 10px 13px 15px; background: var(--accent); color: var(--on-accent); }
    .face { display: grid; place-items: center; width: 38px; height: 38px; border-radius: 50%; font-weight: 700; flex: none;
      background: color-mix(in srgb, var(--on-accent) 18%, transparent); }
    .who { flex: 1; min-width: 0; } .who h2 { font-size: 15px; line-height: 1.25; margin: 0; font-weight: 650; }
    .who h2, .who p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .who p { margin: 1px 0 0; font-size: 12.5px; opacity: .92; }
    .who p::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 6px; background: #6fe0a0; }
    .who p[data-tone="wait"]::before { background: #ffcf66; } .who p[data-tone="off"]::before { background: #c9cfcc; }
    header button { border: 0; background: transparent; color: inherit; border-radius: 20px; display: flex; align-items: center; gap: 6px; height: 36px; padding: 0 8px; }
    header button:hover { background: color-mix(in srgb, var(--on-accent) 16%, transparent); }
    header .person { border: 1px solid color-mix(in srgb, var(--on-accent) 45%, transparent); font-size: 12.5px; font-weight: 600; padding: 0 11px 0 8px; height: 32px; white-space: nowrap; }
    header .person svg { width: 16px; height: 16px; }
    header :focus-visible { outline-color: var(--on-accent); }

    .banner { padding: 8px 14px; font-size: 13px; background: #fff3d6; color: #5c4300; border-bottom: 1px solid #efdca6; }
    .middle { flex: 1; min-height: 0; position: relative; display: flex; }
    .log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 18px 14px 8px; display: flex; flex-direction: column; }
    .log > :first-child { margin-top: auto; }
    .message { display: flex; flex-direction: column; align-items: flex-start; margin-top: 14px; max-width: 100%; }
    .message.same { margin-top: 4px; } .message.same > .name { display: none; }
    .message.customer { align-items: flex-end; }
    .name { font-size: 12px; color: var(--muted); margin: 0 0 4px 4px; }
    .bubble { padding: 9px 13px; border-radius: 16px; background: var(--soft); max-width: 86%; white-space: pre-wrap; overflow-wrap: anywhere; }
    .bot > .bubble, .agent > .bubble { border-bottom-left-radius: 5px; } .agent > .bubble { background: color-mix(in srgb, var(--accent) 16%, var(--surface)); }
    .customer > .bubble { background: var(--accent); color: var(--on-accent); border-bottom-right-radius: 5px; }
    .customer > .bubble a { color: inherit; } a { color: var(--link); }
    .system { align-items: center; } .system > .bubble { background: none; color: var(--muted); font-size: 13px; text-align: center; padding: 2px 8px; }
    .state { font-size: 11.5px; color: var(--muted); margin: 3px 4px 0; } .state.bad { color: #b3261e; max-width: 86%; text-align: right; }
    @media (prefers-color-scheme: dark) { .state.bad { color: #ff9d94; } .banner { background: #3a2f12; color: #ffe2a0; border-color: #54441b; } }
    .pending > .bubble { opacity: .68; }
    .hello { font-size: 13px; color: var(--muted); margin: 4px 4px 0; }

    .choices { display: flex; flex-wrap: wrap; gap: 7px; margin-top: 8px; max-width: 100%; }
    .choice { border: 1px solid color-mix(in srgb, var(--link) 55%, transparent); color: var(--link); background: var(--surface); border-radius: 18px; padding: 6px 13px;
      min-height: 34px; font-weight: 550; font-size: 14px; text-align: left; transition: background .12s; }
    .choice:hover { background: var(--tint); }

    .thumbs { display: flex; margin: 2px; } .thumb { border: 0; border-radius: 8px; background: none; color: var(--muted); padding: 4px 7px; line-height: 0; }
    .thumb:hover, .thumb[aria-pressed="true"] { background: var(--tint); color: var(--link); } .thumb svg { width: 16px; height: 16px; } .thumb:last-child svg { transform: rotate(180deg); }

    .card { width: min(100%, 320px); border: 1px solid var(--line); border-radius: 14px; overflow: hidden; margin-top: 6px; background: var(--surface); font-size: 14px; }
    .card-head { display: flex; align-items: center; gap: 9px; padding: 11px 13px; border-bottom: 1px solid var(--line); font-weight: 650; }
    .card-head svg { color: var(--link); } .card-head .pill { margin-left: auto; }
    .pill { font-size: 12px; font-weight: 650; padding: 2px 9px; border-radius: 10px; background: var(--tint); color: var(--link); }
    .pill[data-tone="bad"] { background: color-mix(in srgb, #b3261e 12%, var(--surface)); color: color-mix(in srgb, #b3261e 75%, var(--text)); }
    .lines { list-style: none; margin: 0; padding: 9px 13px; display: grid; gap: 5px; }
    .lines li { display: flex; gap: 8px; } .lines b { color: var(--muted); font-weight: 600; min-width: 26px; }
    dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; margin: 0; padding: 10px 13px; border-top: 1px solid var(--line); }
    dt { color: var(--muted); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }

    .shelf { position: relative; width: calc(100% + 28px); margin: 6px -14px 0; }
    .goods { display: flex; gap: 10px; list-style: none; margin: 0; padding: 2px 14px 8px; overflow-x: auto; scroll-snap-type: x proximity; scroll-padding: 14px; scrollbar-width: none; }
    .goods > li { flex: 0 0 168px; scroll-snap-align: start; display: flex; }
    .product { display: flex; flex-direction: column; width: 100%; border: 1px solid var(--line); border-radius: 14px; overflow: hidden; text-decoration: none; color: inherit; background: var(--surface); font-size: 14px; transition: border-color .12s; }
    a.product:hover { border-color: var(--link); } a.product:hover strong { text-decoration: underline; }
    .product img { width: 100%; aspect-ratio: 1; object-fit: cover; background: var(--soft); display: block; }
    .product-text { padding: 9px 11px 11px; display: flex; flex-direction: column; gap: 3px; flex: 1; }
    .product strong { font-weight: 600; line-height: 1.3; } .price { font-weight: 650; color: var(--link); font-variant-numeric: tabular-nums; }
    .reason { font-size: 12.5px; color: var(--muted); line-height: 1.35; }
    .turn { position: absolute; top: 68px; width: 32px; height: 32px; padding: 0; display: grid; place-items: center; border-radius: 50%; border: 1px solid var(--line); background: var(--surface); box-shadow: 0 2px 8px rgb(0 0 0 / .18); }
    .turn svg { width: 16px; height: 16px; } .turn.before { left: 6px; } .turn.after { right: 6px; }
    .suggestion { width: min(100%, 320px); margin-top: 6px; border: 1px solid color-mix(in srgb, var(--accent) 35%, var(--surface)); border-radius: 14px; overflow: hidden; background: var(--tint); }
    .suggestion .why { display: flex; gap: 8px; padding: 10px 12px 9px; font-size: 13.5px; } .suggestion .why svg { width: 18px; height: 18px; color: var(--link); }
    .suggestion .product { border: 0; border-radius: 0; flex-direction: row; } .suggestion .product img { width: 96px; aspect-ratio: 1; }
    .suggestion .choices { padding: 0 12px 12px; } .suggestion .product-text { justify-content: center; }
    .picture { display: block; max-width: min(86%, 300px); border-radius: 14px; margin-top: 4px; background: var(--soft); }
    .attachment { display: flex; gap: 9px; align-items: center; padding: 10px 13px; border: 1px solid var(--line); border-radius: 14px; text-decoration: none; max-width: 86%; overflow-wrap: anywhere; }

    .dots { display: flex; gap: 4px; padding: 12px 14px; } .dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: bob 1.2s infinite; }
    .dots i:nth-child(2) { animation-delay: .15s; } .dots i:nth-child(3) { animation-delay: .3s; }
    @keyframes bob { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; transform: translateY(-3px); } }
    .newer { position: absolute; bottom: 8px; left: 50%; transform: translateX(-50%); border: 0; border-radius: 16px; background: var(--text); color: var(--surface); font-size: 13px; padding: 6px 12px; display: flex; gap: 6px; align-items: center; }
    .newer svg { width: 14px; height: 14px; }

    form { display: flex; align-items: flex-end; gap: 8px; padding: 10px 12px 12px; border-top: 1px solid var(--line); }
    textarea { flex: 1; resize: none; border: 1px solid color-mix(in srgb, var(--text) 45%, var(--surface)); border-radius: 20px; background: var(--surface); padding: 9px 14px; min-height: 42px; max-height: 132px; line-height: 1.45; }
    textarea::placeholder { color: var(--muted); opacity: 1; } textarea:focus-visible { outline-offset: 0; outline-width: 2px; border-color: transparent; }
    .send { width: 42px; height: 42px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); display: grid; place-items: center; flex: none; }
    .send:disabled { background: var(--soft); color: var(--muted); cursor: default; }

    @media (max-width: 480px) { :host { inset: auto 16px 16px auto; }
      .panel { inset: 0; width: auto; height: auto; border-radius: 0; } :host([open]) .launcher { display: none; } textarea { font-size: 16px; } }
    @media (prefers-reduced-motion: reduce) { *, *::before { animation: none !important; transition: none !important; scroll-behavior: auto !important; } }
    @media (forced-colors: active) { .launcher, .panel, .bubble, .send { border: 1px solid; } }
  `;

  /** An element: properties by name, `aria-…`, `data-…` and `role` as attributes, `on…` as listeners. */
  function h(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === null) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (/^(aria-|data-|role$)/.test(name)) element.setAttribute(name, value);
      else element[name] = value;
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  function icon(name) {
    const namespace = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(namespace, "svg");
    const path = document.createElementNS(namespace, "path");
    path.setAttribute("d", ICONS[name]);
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(path);
    return svg;
  }

  /** The text with its web addresses as links; everything else stays text, so nothing a message contains can run. */
  function linked(text) {
    const pieces = String(text ?? "").split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)])/);
    return pieces.map((piece, i) => (i % 2 ? h("a", { href: piece, target: "_blank", rel: "noopener noreferrer" }, piece) : piece));
  }

  /** An address that may be shown or followed: http(s), absolute or relative to the server; otherwise undefined. */
  function safeUrl(url, server) {
    if (!url) return undefined;
    try {
      const absolute = new URL(url, server);
      return /^https?:$/.test(absolute.protocol) ? absolute.href : undefined;
    } catch {
      return undefined;
    }
  }

  /** What this browser keeps: in private modes storage may throw, and the chat then lives as long as the page. */
  function memory(storage) {
    const fallback = new Map();
    return {
      get(key) {
        try { return JSON.parse(storage().getItem(key)); } catch { return fallback.get(key) ?? null; }
      },
      set(key, value) {
        fallback.set(key, value);
        try { storage().setItem(key, JSON.stringify(value)); } catch { /* kept in `fallback` */ }
      },
    };
  }

  const scriptUrl = document.currentScript?.src;
  const kept = memory(() => window.localStorage);
  const keptByTab = memory(() => window.sessionStorage);

  /** The line to the server: a token, a socket, reconnects with backoff, and the outbox. Knows nothing of the page. */
  class Line {
    constructor({ server, identity, language, onframe, onstatus }) {
      Object.assign(this, { server, identity, language, onframe, onstatus });
      this.key = `shopkeeper ${server}`;
      this.conversation = null;
      this.since = 0;
      this.attempt = 0;
      this.wanted = false;
      this.ready = false;
      this.outbox = keptByTab.get(`${this.key} outbox ${identity.customer ?? ""}`) ?? [];
    }

    /** Whether this browser has talked before, as the same person. */
    get known() {
      const stored = kept.get(this.key);
      return Boolean(stored?.token) && stored.customer === (this.identity.customer ?? null);
    }

    get token() {
      return this.known ? kept.get(this.key).token : null;
    }

    start() {
      if (this.wanted) return;
      this.wanted = true;
      this.wake = () => { this.attempt = 0; if (!this.socket) this.connect(); };
      this.sleep = () => this.drop();
      window.addEventListener("online", this.wake);
      window.addEventListener("offline", this.sleep);
      this.connect();
    }

    stop() {
      this.wanted = false;
      window.removeEventListener("online", this.wake);
      window.removeEventListener("offline", this.sleep);
      clearTimeout(this.retry);
      this.drop();
    }

    send(content) {
      const entry = { client_msg_id: newId(), ...content };
      this.outbox.push(entry);
      this.keepOutbox();
      this.post({ type: "message", ...entry });
      return entry;
    }

    typing(on) {
      this.post({ type: "typing", on });
    }

    /** The server has it, or has refused it for good. */
    settle(clientMsgId) {
      this.outbox = this.outbox.filter((entry) => entry.client_msg_id !== clientMsgId);
      this.keepOutbox();
    }

    keepOutbox() {
      keptByTab.set(`${this.key} outbox ${this.identity.customer ?? ""}`, this.outbox);
    }

    post(frame) {
      if (!this.ready || this.socket?.readyState !== WebSocket.OPEN) return false;
      this.socket.send(JSON.stringify(frame));
      return true;
    }

    async connect() {
      clearTimeout(this.retry);
      const turn = (this.turn = {});
      try {
        const token = this.token ?? (await this.register());
        if (this.wanted && this.turn === turn) this.dial(token);
      } catch {
        if (!this.wanted) this.onstatus("refused");
        else if (this.turn === turn) this.later();
      }
    }

    async register() {
      const stored = kept.get(this.key);
      const customer = this.identity.customer ?? null;
      const body = {};
      if (customer) Object.assign(body, { customer_id: customer, signature: this.identity.signature });
      if (stored?.token && !stored.customer) body.token = stored.token; // a guest who signed in goes on; nobody inherits a customer
      const answer = await fetch(new URL("/v1/visitors", this.server), {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 403) this.wanted = false; // not on this site, not with this signature: trying again is no use
      if (!answer.ok) throw new Error(`visitors: ${answer.status}`);
      const { token } = await answer.json();
      kept.set(this.key, { token, customer });
      return token;
    }

    dial(token) {
      const address = new URL("/v1/socket", this.server);
      address.protocol = address.protocol.replace("http", "ws");
      const socket = (this.socket = new WebSocket(address));
      socket.onopen = () => {
        socket.send(JSON.stringify({ type: "hello", token, since_seq: this.since, language: this.language }));
        this.watch();
      };
      socket.onmessage = (event) => { if (this.socket === socket) this.receive(JSON.parse(event.data)); };
      socket.onclose = (event) => {
        if (this.socket !== socket) return;
        if (event.code === 4401) kept.set(this.key, null);
        if (event.code === 4403) this.wanted = false;
        this.drop();
        if (event.code === 4403) this.onstatus("refused");
      };
    }

    receive(frame) {
      this.watch();
      if (frame.type === "welcome") this.welcome(frame);
      if (frame.type === "message" && frame.seq > this.since) this.since = frame.seq;
      if (frame.type === "ack" || frame.type === "refused") this.settle(frame.client_msg_id);
      if (frame.type === "message" && frame.client_msg_id) this.settle(frame.client_msg_id);
      if (frame.type === "ping") this.post({ type: "pong" });
      this.onframe(frame);
    }

    welcome(frame) {
      const another = this.conversation !== null && this.conversation !== frame.conversation_id;
      const asked = this.ready ? 0 : this.since; // a second welcome on one socket starts from the beginning
      this.conversation = frame.conversation_id;
      if (another) this.since = 0;
      if (another && asked > 0) {
        this.drop(); // what was asked for counted in the old conversation
        return;
      }
      this.attempt = 0;
      this.ready = true;
      this.onstatus("online");
      for (const entry of this.outbox) this.post({ type: "message", ...entry });
    }

    /** A silent line is a dead line: ask after 25 s, give up 10 s later. */
    watch() {
      clearTimeout(this.silence);
      this.silence = setTimeout(() => {
        this.post({ type: "ping" });
        this.silence = setTimeout(() => this.drop(), 10000);
      }, 25000);
    }

    drop() {
      clearTimeout(this.silence);
      const socket = this.socket;
      this.socket = null;
      this.ready = false;
      this.turn = null;
      socket?.close();
      if (this.wanted) this.later();
    }

    later() {
      const wait = Math.min(30000, 400 * 2 ** this.attempt) * (0.75 + Math.random() / 2);
      this.attempt += 1;
      this.onstatus("offline");
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.connect(), wait);
    }
  }

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""); // plain http
  }

  class ShopkeeperChat extends HTMLElement {
    static observedAttributes = ["server", "shop", "language", "customer-id", "signature"];

    connectedCallback() {
      if (!this.shadowRoot) {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
      }
      this.begin();
    }

    disconnectedCallback() {
      this.line?.stop();
      this.line = null;
    }

    /** Several attributes set in one go count as one change. */
    attributeChangedCallback(name, before, now) {
      if (!this.line || before === now || this.changing) return;
      this.changing = true;
      queueMicrotask(() => {
        this.changing = false;
        if (this.isConnected) this.begin();
      });
    }

    /** The visitor's token, or null before the first conversation: the page may show it to the shop's own server. */
    get token() {
      return this.line?.token ?? null;
    }

    begin() {
      this.line?.stop();
      this.server = this.getAttribute("server") || (scriptUrl ? new URL(scriptUrl).origin : location.origin);
      this.language = this.getAttribute("language") || document.documentElement.lang || navigator.language || "en";
      this.texts = TEXTS[this.language.toLowerCase().split("-")[0]] ?? TEXTS.en;
      this.shop = this.getAttribute("shop") || location.hostname;
      this.line = new Line({
        server: this.server,
        language: this.language,
        identity: { customer: this.getAttribute("customer-id") || null, signature: this.getAttribute("signature") || null },
        onframe: (frame) => this.receive(frame),
        onstatus: (status) => this.showStatus(status),
      });
      this.owner = { state: "bot", agent: null };
      this.build();
      this.clear();
      for (const entry of this.line.outbox) this.showOwn(entry);
      if (this.opened || this.line.known) this.line.start();
    }

    // --- the page -------------------------------------------------------------------------------------------------

    build() {
      const t = this.texts;
      const part = (this.parts = {});
      part.badge = h("span", { className: "badge", hidden: true, "aria-hidden": "true" });
      part.launcher = h("button", { className: "launcher", type: "button", "aria-haspopup": "dialog", onclick: () => this.toggle() }, icon("chat"), part.badge);
      part.face = h("span", { className: "face", "aria-hidden": "true" });
      part.subtitle = h("p", { role: "status" });
      part.person = h("button", { className: "person", type: "button", onclick: () => this.askForPerson() }, icon("person"), t.person);
      part.close = h("button", { type: "button", title: t.close, "aria-label": t.close, onclick: () => this.close() }, icon("close"));
      part.banner = h("div", { className: "banner", role: "status", hidden: true });
      part.log = h("div", { className: "log", role: "log", "aria-live": "polite", "aria-label": t.log, tabIndex: 0, onscroll: () => this.scrolled() });
      part.newer = h("button", { className: "newer", type: "button", hidden: true, onclick: () => this.scrollDown() }, icon("down"), t.newer);
      part.input = h("textarea", { rows: 1, placeholder: t.placeholder, "aria-label": t.label, autocomplete: "off", enterKeyHint: "send",
        onkeydown: (event) => this.typed(event), oninput: () => this.inputChanged() });
      part.send = h("button", { className: "send", type: "submit", title: t.send, "aria-label": t.send, disabled: true }, icon("send"));
      const title = h("h2", { id: "title" }, this.shop);
      part.panel = h("section", { className: "panel", role: "dialog", "aria-labelledby": "title", hidden: !this.opened,
        onkeydown: (event) => { if (event.key === "Escape" && !event.isComposing) this.close(); } },
        h("header", {}, part.face, h("div", { className: "who" }, title, part.subtitle), part.person, part.close),
        part.banner, h("div", { className: "middle" }, part.log, part.newer),
        h("form", { noValidate: true, onsubmit: (event) => { event.preventDefault(); this.sendTyped(); } }, part.input, part.send));
      this.shadowRoot.replaceChildren(part.panel, part.launcher);
      this.showOwner();
      this.countUnread();
    }

    clear() {
      clearTimeout(this.typingTimer);
      this.typing = null;
      this.shown = new Map(); // seq -> element
      this.own = new Map(); // client_msg_id -> element
      this.history = 0;
      this.unread = 0;
      const t = this.texts;
      const starters = t.starters.map((text, i) =>
        h("button", { className: "choice", type: "button", onclick: () => (i === t.starters.length - 1 ? this.askForPerson() : this.say({ text })) }, text));
      this.parts.log.replaceChildren(h("div", { className: "message bot" }, h("div", { className: "bubble" }, t.hello(this.shop)),
        h("p", { className: "hello" }, t.helloNote), h("div", { className: "choices" }, ...starters)));
      this.countUnread();
    }

    toggle() {
      if (this.opened) this.close();
      else this.open();
    }

    open() {
      this.opened = true;
      this.toggleAttribute("open", true);
      this.parts.panel.hidden = false;
      this.line.start();
      this.markRead();
      this.scrollDown();
      this.parts.input.focus();
      this.countUnread();
    }

    /** For the page: open the chat with a message begun, which the customer completes and sends. */
    ask(text) {
      this.open();
      this.parts.input.value = text;
      this.inputChanged();
    }

    close() {
      if (!this.opened) return;
      this.opened = false;
      this.toggleAttribute("open", false);
      this.parts.panel.hidden = true;
      this.countUnread();
      this.parts.launcher.focus();
    }

    countUnread() {
      const { badge, launcher } = this.parts;
      const label = this.opened ? this.texts.close : this.texts.open;
      badge.hidden = !this.unread || this.opened;
      badge.textContent = this.unread > 99 ? "99+" : String(this.unread ?? 0);
      launcher.setAttribute("aria-label", badge.hidden ? label : `${label}, ${this.texts.unread(this.unread)}`);
      launcher.setAttribute("aria-expanded", String(Boolean(this.opened)));
      launcher.replaceChildren(icon(this.opened ? "down" : "chat"), badge);
    }

    markRead() {
      this.unread = 0;
      this.line.post({ type: "read", seq: this.line.since });
      if (this.line.conversation) kept.set(`${this.line.key} read`, { conversation: this.line.conversation, seq: this.line.since });
    }

    showStatus(status) {
      clearTimeout(this.bannerTimer);
      if (status === "online") this.showBanner("");
      else if (status === "refused") this.showBanner(this.texts.unavailable);
      else if (status === "offline") {
        const text = navigator.onLine ? this.texts.failed : this.texts.banner;
        this.bannerTimer = setTimeout(() => this.showBanner(text), navigator.onLine ? 1500 : 0); // a blink is no news
      }
    }

    showBanner(text) {
      const { banner } = this.parts;
      if (banner.textContent !== text) banner.textContent = text;
      banner.hidden = !text;
      this.showOwner();
    }

    showOwner() {
      const { state, agent } = this.owner;
      const t = this.texts;
      const name = agent?.name || t.agent;
      const lines = { bot: [t.assistant, ""], queued: [t.waiting, "wait"], assigned: [t.with(name), ""], resolved: [t.ended, "off"] };
      let [text, tone] = lines[state] ?? lines.bot;
      if (!this.parts.banner.hidden) [text, tone] = [t.offline, "off"];
      if (this.parts.subtitle.textContent !== text) this.parts.subtitle.textContent = text;
      this.parts.subtitle.setAttribute("data-tone", tone);
      this.parts.face.replaceChildren(state === "assigned" ? name.slice(0, 1).toUpperCase() : icon(state === "queued" ? "person" : "spark"));
      this.parts.person.hidden = state === "queued" || state === "assigned";
    }

    // --- writing --------------------------------------------------------------------------------------------------

    typed(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.sendTyped();
    }

    inputChanged() {
      const { input, send } = this.parts;
      send.disabled = !input.value.trim();
      input.style.height = "auto";
      input.style.height = `${input.scrollHeight + 2}px`;
      const now = Date.now();
      if (input.value && now - (this.toldTyping ?? 0) > 3000) {
        this.toldTyping = now;
        this.line.typing(true);
      }
    }

    sendTyped() {
      const text = this.parts.input.value.trim();
      if (!text) return;
      this.parts.input.value = "";
      this.inputChanged();
      this.toldTyping = 0;
      this.say({ text });
    }

    askForPerson() {
      this.say({ payload: PERSON, text: this.texts.person });
    }

    say(content) {
      this.line.start();
      this.showOwn(this.line.send(content));
      this.scrollDown();
      this.parts.input.focus();
    }

    // --- reading --------------------------------------------------------------------------------------------------

    receive(frame) {
      if (frame.type === "welcome") this.welcomed(frame);
      else if (frame.type === "message") this.showMessage(frame);
      else if (frame.type === "ack") this.acknowledged(frame);
      else if (frame.type === "refused") this.refused(frame);
      else if (frame.type === "state") this.changeOwner(frame);
      else if (frame.type === "typing") this.showTyping(frame);
    }

    welcomed(frame) {
      if (this.conversation && this.conversation !== frame.conversation_id) {
        this.clear();
        for (const entry of this.line.outbox) this.showOwn(entry);
      }
      this.conversation = frame.conversation_id;
      this.history = frame.last_seq;
      this.owner = { state: frame.state, agent: frame.agent };
      this.showOwner();
    }

    changeOwner(frame) {
      const before = this.owner.state;
      this.owner = { state: frame.state, agent: frame.agent };
      this.showOwner();
      if (before !== frame.state) this.showTyping({ on: false });
    }

    acknowledged({ client_msg_id: id, seq }) {
      const element = this.own.get(id);
      if (!element || this.shown.has(seq)) return;
      this.shown.set(seq, element);
      this.place(element, seq);
      this.markDelivered(element);
    }

    refused({ client_msg_id: id, message }) {
      const element = this.own.get(id);
      if (!element) return;
      element.classList.remove("pending");
      this.setState(element, `${this.texts.refused}. ${message}`, true);
      if (!this.parts.input.value) {
        this.parts.input.value = element.querySelector(".bubble").textContent;
        this.inputChanged();
      }
    }

    showOwn(entry) {
      const element = this.messageElement({ author: "customer", body: { type: "text", text: entry.text } });
      element.classList.add("pending");
      this.setState(element, this.texts.sending);
      this.own.set(entry.client_msg_id, element);
      this.retireChoices();
      this.place(element, Infinity);
    }

    showMessage(frame) {
      if (this.shown.has(frame.seq)) return;
      const live = frame.seq > this.history;
      const mine = this.own.get(frame.client_msg_id);
      const element = mine ?? this.messageElement(frame);
      const follow = this.atBottom() || !live;
      this.parts.log.setAttribute("aria-live", live ? "polite" : "off");
      this.shown.set(frame.seq, element);
      if (frame.client_msg_id) this.own.set(frame.client_msg_id, element);
      if (frame.author !== "system") this.retireChoices(frame.seq);
      this.place(element, frame.seq);
      if (frame.author === "customer") this.markDelivered(element);
      else this.arrived(frame);
      if (follow) this.scrollDown();
      else this.parts.newer.hidden = false;
    }

    arrived(frame) {
      if (frame.author === this.typing?.author) this.showTyping({ on: false });
      const read = kept.get(`${this.line.key} read`);
      const seen = read?.conversation === this.line.conversation ? read.seq : 0;
      if (this.opened) this.markRead();
      else if (frame.seq > seen && frame.author !== "system") this.unread += 1;
      this.countUnread();
    }

    /** Keeps the list in order of `seq`; what has none yet stays at the end. */
    place(element, seq) {
      element.seq = seq;
      const { log } = this.parts;
      let before = this.typing?.element ?? null;
      let last = before ? before.previousElementSibling : log.lastElementChild;
      while (last && (last === element || last.seq > seq)) {
        if (last !== element) before = last;
        last = last.previousElementSibling;
      }
      if (element.parentNode !== log || element.nextElementSibling !== before) log.insertBefore(element, before);
      for (const each of [element, element.nextElementSibling]) {
        const previous = each?.previousElementSibling;
        each?.classList.toggle("same", Boolean(previous?.dataset.author) && previous.dataset.author === each.dataset.author);
      }
    }

    markDelivered(element) {
      element.classList.remove("pending");
      for (const other of this.shown.values()) if (other.dataset.author === "customer") this.setState(other, "");
      const newest = [...this.shown.entries()].filter(([, e]) => e.dataset.author === "customer").sort(([a], [b]) => b - a)[0];
      if (newest) this.setState(newest[1], this.texts.sent);
    }

    setState(element, text, bad = false) {
      let state = element.querySelector(".state");
      if (!text) return state?.remove();
      if (!state) element.append((state = h("span", { className: "state" })));
      state.textContent = text;
      state.classList.toggle("bad", bad);
    }

    /** Buttons are answers to the newest question: an older message's are taken away. */
    retireChoices(before = Infinity) {
      for (const choices of this.parts.log.querySelectorAll(".choices")) {
        if ((choices.closest(".message").seq ?? 0) < before) choices.remove();
      }
    }

    showTyping({ on, author, name }) {
      clearTimeout(this.typingTimer);
      this.typing?.element.remove();
      this.typing = null;
      if (!on) return;
      const follow = this.atBottom();
      const who = name || (author === "agent" ? this.texts.agent : this.texts.assistant);
      const element = h("div", { className: "message bot" }, h("div", { className: "bubble dots" },
        h("i"), h("i"), h("i"), h("span", { className: "hidden-text" }, this.texts.typing(who))));
      this.parts.log.append(element);
      this.typing = { element, author };
      this.typingTimer = setTimeout(() => this.showTyping({ on: false }), author === "agent" ? 6000 : 30000);
      if (follow) this.scrollDown();
    }

    atBottom() {
      const { log } = this.parts;
      return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    }

    scrollDown() {
      this.parts.log.scrollTop = this.parts.log.scrollHeight;
      this.parts.newer.hidden = true;
    }

    scrolled() {
      if (this.atBottom()) this.parts.newer.hidden = true;
    }

    // --- message parts --------------------------------------------------------------------------------------------

    messageElement({ author, name, body, created_at: at, seq, helpful }) {
      const kind = ["customer", "bot", "agent", "system"].includes(author) ? author : "system";
      const element = h("div", { className: `message ${kind}`, "data-author": `${kind} ${name ?? ""}`.trim(), title: at ? this.time(at) : "" });
      if (kind === "agent") element.append(h("span", { className: "name" }, name || this.texts.agent));
      if (kind === "customer" || kind === "bot") element.append(h("span", { className: "hidden-text" }, kind === "bot" ? this.texts.assistant : this.texts.you));
      element.append(...this.partElements(body));
      if (body.rateable) element.append(this.thumbs(seq, helpful));
      return element;
    }

    thumbs(seq, helpful) {
      const press = (chosen) => {
        if (!this.line.post({ type: "answer_rating", seq, helpful: chosen })) return;
        row.childNodes.forEach((button, i) => button.setAttribute("aria-pressed", String(chosen === !i)));
      };
      const row = h("div", { className: "thumbs", role: "group", "aria-label": this.texts.helped }, ...["up", "down"].map((way, i) =>
        h("button", { className: "thumb", type: "button", title: this.texts[way], "aria-label": this.texts[way], "aria-pressed": String(helpful === !i),
          onclick: () => press(!i) }, icon("thumb"))));
      return row;
    }

    /** One entry a type of part; a type this widget does not know is shown by its text. */
    partElements(body) {
      const draw = {
        order: () => [this.bubble(body), this.orderCard(body.order)],
        products: () => [this.bubble(body), this.shelf(body.products ?? [])],
        suggestion: () => [this.suggestion(body)],
        image: () => [this.picture(body)],
        file: () => [this.attachment(body)],
      }[body.type] ?? (() => [this.bubble(body)]);
      const inside = body.type === "suggestion" ? null : this.choices(body.buttons);
      return [...draw(), inside].filter(Boolean);
    }

    bubble({ text: told, what }) {
      const text = this.texts.told[what] ?? told;
      return text ? h("div", { className: "bubble" }, ...linked(text)) : null;
    }

    choices(buttons) {
      if (!buttons?.length) return null;
      return h("div", { className: "choices" }, ...buttons.map(({ title, payload }) =>
        h("button", { className: "choice", type: "button", onclick: () => this.say({ payload, text: title }) }, title)));
    }

    orderCard(order) {
      if (!order) return null;
      const t = this.texts;
      const bad = ["cancelled", "returned"].includes(order.status);
      const fact = (label, value) => (value ? [h("dt", {}, label), h("dd", {}, value)] : []);
      return h("div", { className: "card" },
        h("div", { className: "card-head" }, icon("box"), `${t.order} ${order.id}`,
          h("span", { className: "pill", "data-tone": bad ? "bad" : "" }, t.status[order.status] ?? order.status)),
        h("ul", { className: "lines" }, ...(order.lines ?? []).map((line) => h("li", {}, h("b", {}, `${line.quantity} ×`), line.name))),
        h("dl", {}, ...fact(t.placed, this.day(order.placed_on)), ...fact(t.expected, this.day(order.expected_on)),
          ...fact(t.total, this.money(order.total, order.currency))));
    }

    shelf(products) {
      const t = this.texts;
      const goods = h("ul", { className: "goods", "aria-label": t.products }, ...products.map((product) => h("li", {}, this.product(product))));
      const turn = (side, label, name, step) => h("button", { className: `turn ${side}`, type: "button", "aria-label": label,
        onclick: () => goods.scrollBy({ left: step * 178, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" }) }, icon(name));
      const before = turn("before", t.previous, "left", -1);
      const after = turn("after", t.next, "right", 1);
      const update = () => {
        before.hidden = goods.scrollLeft < 8;
        after.hidden = goods.scrollLeft + goods.clientWidth > goods.scrollWidth - 8;
      };
      goods.addEventListener("scroll", update);
      new ResizeObserver(update).observe(goods);
      return h("div", { className: "shelf" }, goods, before, after);
    }

    product(product) {
      const url = safeUrl(product.url, this.server);
      const image = safeUrl(product.image, this.server);
      return h(url ? "a" : "div", { className: "product", href: url },
        image ? h("img", { src: image, alt: "", loading: "lazy", width: 168, height: 168 }) : null,
        h("span", { className: "product-text" }, h("strong", {}, product.name), h("span", { className: "price" }, this.money(product.price, product.currency)),
          product.reason ? h("span", { className: "reason" }, product.reason) : null));
    }

    suggestion(body) {
      const [product] = body.products ?? [];
      const { reason, ...plain } = product ?? {};
      return h("div", { className: "suggestion" }, h("div", { className: "why" }, icon("spark"), h("span", {}, body.text || reason)),
        product ? this.product({ ...plain, reason: body.text?.includes(reason) ? null : reason }) : null, this.choices(body.buttons));
    }

    picture({ text, url }) {
      const address = safeUrl(url, this.server);
      return address ? h("img", { className: "picture", src: address, alt: text || this.texts.picture, loading: "lazy", onload: () => { if (this.atBottom()) this.scrollDown(); } }) : this.bubble({ text });
    }

    attachment({ text, url, size }) {
      const href = safeUrl(url, this.server);
      const label = `${text || this.texts.file}${size ? ` (${Math.max(1, Math.round(size / 1024))} kB)` : ""}`;
      return h(href ? "a" : "span", { className: "attachment", href, target: "_blank", rel: "noopener" }, icon("file"), label);
    }

    // --- formats --------------------------------------------------------------------------------------------------

    money(amount, currency) {
      if (amount === undefined || amount === null || amount === "") return "";
      try {
        return new Intl.NumberFormat(this.language, { style: "currency", currency: currency || "EUR" }).format(Number(amount));
      } catch {
        return `${amount} ${currency ?? ""}`.trim();
      }
    }

    day(date) {
      const parsed = date ? new Date(`${String(date).slice(0, 10)}T00:00:00`) : null;
      if (!parsed || Number.isNaN(parsed.getTime())) return date ?? "";
      return new Intl.DateTimeFormat(this.language, { day: "numeric", month: "short", year: "numeric" }).format(parsed);
    }

    time(at) {
      return new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
    }
  }

  if (!customElements.get("shopkeeper-chat")) customElements.define("shopkeeper-chat", ShopkeeperChat);
})();
