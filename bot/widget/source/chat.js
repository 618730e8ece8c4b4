/* The element: launcher, window and text field; what comes over the line goes to where it is shown. */

import { fill, h, icon, merged } from "./elements.js";
import { Line } from "./line.js";
import { consentPane, leavePane, ratingPane } from "./panes.js";
import { Parts } from "./parts.js";
import { kept, newId, scriptUrl } from "./storage.js";
import { Thread } from "./thread.js";

const PERSON = "/contact_human_agent"; // the one payload the server accepts without having rendered it
const TAKEN = ["image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf"];

class ShopkeeperChat extends HTMLElement {
	static observedAttributes = ["server", "shop", "language", "strings-url", "consent-url", "customer-id", "signature"];

	connectedCallback() {
		if (!this.shadowRoot) {
			const sheet = new CSSStyleSheet();
			sheet.replaceSync(STYLE);
			this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
		}
		this.elsewhere = ({ key }) => { if (key === `${this.line?.key} read`) this.readElsewhere(); };
		window.addEventListener("storage", this.elsewhere);
		this.ready = this.begin();
	}

	disconnectedCallback() {
		window.removeEventListener("storage", this.elsewhere);
		this.line?.stop();
		this.line = null;
	}

	/** Several attributes set in one go count as one change. */
	attributeChangedCallback(name, before, now) {
		if (!this.line || before === now || this.changing) return;
		this.changing = true;
		queueMicrotask(() => {
			this.changing = false;
			if (this.isConnected) this.ready = this.begin();
		});
	}

	/** The visitor's token or null; the page may show it to the shop's own server. */
	get token() {
		return this.line?.token ?? null;
	}

	async begin() {
		this.line?.stop();
		this.server = this.getAttribute("server") || (scriptUrl ? new URL(scriptUrl).origin : location.origin);
		this.language = this.getAttribute("language") || document.documentElement.lang || navigator.language || "en";
		this.shop = this.getAttribute("shop") || location.hostname;
		const line = (this.line = new Line({
			server: this.server,
			language: this.language,
			consent: this.getAttribute("consent-url"),
			identity: { customer: this.getAttribute("customer-id") || null, signature: this.getAttribute("signature") || null },
			onframe: (frame) => this.receive(frame),
			onstatus: (status) => this.showStatus(status),
		}));
		this.texts = await this.translated();
		if (this.line !== line) return; // another change, or gone from the page
		this.owner = { state: "bot", agent: null };
		this.conversation = null;
		this.build();
		this.clear();
		if (this.opened || line.known) line.start();
	}

	/** The interface's texts in the page's language, or in English, asked for until there are some; the page's own come first. */
	async translated() {
		const own = this.getAttribute("strings-url");
		const asked = own && this.file(own);
		for (;;) {
			const texts = (await this.file(`/widget/${this.language.split("-")[0].toLowerCase()}.json`)) ?? (await this.file("/widget/en.json"));
			if (texts) return merged(texts, await asked);
			await new Promise((again) => setTimeout(again, 5000));
		}
	}

	/** What a file of texts says, or null. */
	async file(address) {
		const answer = await fetch(new URL(address, this.server), { signal: AbortSignal.timeout(9000) }).catch(() => null);
		return answer?.ok ? answer.json().catch(() => null) : null;
	}

	build() {
		const t = this.texts;
		const part = (this.parts = {});
		const drawing = new Parts({ texts: t, server: this.server, language: this.language, say: (content) => this.say(content),
			post: (frame) => this.line.post(frame) });
		this.thread = new Thread({ texts: t, parts: drawing });
		part.badge = h("span", { className: "badge", hidden: true, "aria-hidden": "true" });
		part.launcher = h("button", { className: "launcher", "aria-haspopup": "dialog", onclick: () => (this.opened ? this.close() : this.open()) }, icon("chat"), part.badge);
		part.face = h("span", { className: "face", "aria-hidden": "true" });
		part.subtitle = h("p", { role: "status" });
		part.person = h("button", { className: "person", onclick: () => this.askForPerson() }, icon("person"), t.person);
		part.close = h("button", { title: t.close, onclick: () => this.close() }, icon("close"));
		part.banner = h("div", { className: "banner", role: "status", hidden: true });
		part.middle = h("div", { className: "middle" }, this.thread.log, this.thread.newer);
		part.pane = h("div", { hidden: true });
		part.notice = h("div", { className: "notice", role: "status", hidden: true });
		part.file = h("input", { type: "file", accept: TAKEN.join(), hidden: true, onchange: () => this.upload(part.file.files[0]) });
		part.attach = h("button", { className: "attach", onclick: () => part.file.click() }, icon("clip"));
		part.input = h("textarea", { rows: 1, placeholder: t.placeholder, "aria-label": t.label, autocomplete: "off", enterKeyHint: "send",
			onkeydown: (event) => this.typed(event), oninput: () => this.inputChanged() });
		part.send = h("button", { className: "send", type: "submit", title: t.send, disabled: true }, icon("send"));
		part.form = h("form", { className: "write", noValidate: true, onsubmit: (event) => { event.preventDefault(); this.sendTyped(); } }, part.file, part.attach, part.input, part.send);
		part.end = h("button", { className: "end", onclick: () => this.end() }, t.end);
		const title = h("h2", { id: "title" }, this.shop);
		part.panel = h("dialog", { className: "panel", "aria-labelledby": "title", onclose: ({ target }) => target.open || this.close(),
			onkeydown: (event) => { if (event.key === "Escape" && !event.isComposing) this.close(); } },
			h("header", { role: "none" }, part.face, h("div", { className: "who" }, title, part.subtitle), part.person, part.close),
			part.banner, part.middle, part.notice, part.pane, part.form, part.end);
		this.shadowRoot.replaceChildren(part.panel, part.launcher);
		if (this.opened) this.showPanel();
		this.limitUploads(5);
		this.showOwner();
		this.countUnread();
	}

	clear() {
		this.unread = 0;
		this.asked = false; // how it was, by the newest message
		const t = this.texts;
		const starters = t.starters.map((text, i) =>
			h("button", { className: "choice", onclick: () => (i === t.starters.length - 1 ? this.askForPerson() : this.say({ text })) }, text));
		this.thread.clear(h("div", { className: "message bot" }, h("div", { className: "bubble" }, fill(t.hello, { shop: this.shop })),
			h("p", { className: "hello" }, t.helloNote), h("div", { className: "choices" }, ...starters)));
		for (const entry of this.line.outbox) this.thread.showOwn(entry);
		this.countUnread();
	}

	async open() {
		await this.ready;
		this.opened = true;
		this.toggleAttribute("open", true);
		this.showPanel();
		this.line.start();
		this.markRead();
		this.thread.scrollDown();
		this.focusWithin();
		this.countUnread();
	}

	/** Over a whole phone it is the only thing that can be reached. */
	showPanel() {
		const { panel } = this.parts;
		if (panel.open) return;
		if (matchMedia("(max-width: 480px)").matches) panel.showModal();
		else panel.open = true;
	}

	/** For the page: open the chat with a message begun, for the customer to complete. */
	async ask(text) {
		await this.open();
		this.parts.input.value = text;
		this.inputChanged();
	}

	close() {
		if (!this.opened) return;
		this.opened = false;
		this.toggleAttribute("open", false);
		this.parts.panel.close();
		this.countUnread();
		this.parts.launcher.focus();
	}

	focusWithin() {
		const { form, pane, input } = this.parts;
		(form.hidden ? pane.querySelector("input, button") : input).focus();
	}

	countUnread() {
		const { badge, launcher } = this.parts;
		const label = this.opened ? this.texts.close : this.texts.open;
		badge.hidden = !this.unread || this.opened;
		badge.textContent = Math.min(this.unread, 99);
		launcher.setAttribute("aria-label", badge.hidden ? label : `${label}, ${fill(this.texts.unread, { n: this.unread })}`);
		launcher.setAttribute("aria-expanded", String(Boolean(this.opened)));
		launcher.replaceChildren(icon(this.opened ? "down" : "chat"), badge);
	}

	markRead() {
		this.unread = 0;
		if (!this.line.conversation) return;
		this.line.post({ type: "read", seq: this.line.since });
		kept.set(`${this.line.key} read`, { conversation: this.line.conversation, seq: this.line.since });
	}

	/** What another tab has shown is not unread in this one. */
	readElsewhere() {
		if (this.readBefore() < this.line.since) return;
		this.unread = 0;
		this.countUnread();
	}

	readBefore() {
		const read = kept.get(`${this.line.key} read`);
		return read?.conversation === this.line.conversation ? read.seq : 0;
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
		const { state, agent, queue } = this.owner;
		const { banner, subtitle, face, person, end } = this.parts;
		const t = this.texts;
		const name = agent?.name || t.agent;
		const waiting = queue ? fill(queue.minutes ? t.queuedFor : t.queued, queue) : t.waiting;
		const lines = { bot: [t.assistant, ""], queued: [waiting, "wait"], assigned: [fill(t.with, { name }), ""], resolved: [t.ended, "off"] };
		let [text, tone] = lines[state] ?? lines.bot;
		if (!banner.hidden) [text, tone] = [t.offline, "off"];
		if (subtitle.textContent !== text) subtitle.textContent = text;
		subtitle.dataset.tone = tone;
		face.replaceChildren(state === "assigned" ? name.slice(0, 1).toUpperCase() : icon(state === "queued" ? "person" : "spark"));
		end.hidden = state !== "bot" || !this.line.since;
		person.hidden = state === "queued" || state === "assigned" || !this.line.consented;
		this.showPane();
	}

	showPane() {
		const { pane, middle, form } = this.parts;
		const { state, rated } = this.owner;
		const rating = !rated && (state === "resolved" || (state === "bot" && this.asked));
		const wanted = !this.line.consented ? "consent" : this.leaving ? "leave" : rating ? "rating" : "";
		if (pane.dataset.shows === wanted) return;
		pane.dataset.shows = wanted;
		const inside = this.shadowRoot.activeElement;
		const follow = this.thread.atBottom();
		pane.replaceChildren(...(wanted ? [this[wanted]()] : []));
		pane.hidden = !wanted;
		middle.hidden = wanted === "consent";
		form.hidden = wanted === "consent" || wanted === "leave";
		if (follow) this.thread.scrollDown();
		if (wanted !== "rating" && inside) this.focusWithin();
	}

	consent() {
		const agree = () => {
			this.line.agree();
			this.showOwner();
		};
		return consentPane(this.texts, { shop: this.shop, url: this.line.consent, agree, refuse: () => this.close() });
	}

	leave() {
		const id = newId(); // the same message, however often it is tried
		const done = () => {
			this.leaving = false;
			this.showPane();
		};
		const send = async (email, text) => {
			const wrong = await this.tried("callback", { client_msg_id: id, email, text });
			if (!wrong) done();
			return wrong;
		};
		return leavePane(this.texts, { opens: this.thread.parts.time(this.owner.away.opens_at), send, cancel: done });
	}

	rating() {
		return ratingPane(this.texts, { send: (score, comment) => this.tried("rating", { score, comment }) });
	}

	/** What went wrong with a request, in a sentence, or "". */
	async tried(...request) {
		const answer = await this.line.call(...request).catch(() => null);
		return answer?.ok ? "" : (await answer?.json())?.error ?? this.texts.failed;
	}

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
			this.line.post({ type: "typing", on: true });
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
		this.leaving = Boolean(this.owner.away);
		if (this.leaving) this.showPane();
		else this.say({ payload: PERSON, text: this.texts.person });
	}

	say(content) {
		this.line.start();
		this.thread.showOwn(this.line.send(content));
		this.thread.scrollDown();
		this.parts.input.focus();
	}

	async end() {
		this.notice(await this.tried("end", {}), true);
		this.focusWithin();
	}

	limitUploads(mb) {
		const { attach } = this.parts;
		this.uploadLimit = mb;
		attach.title = fill(this.texts.attach, { mb });
	}

	async upload(file) {
		this.parts.file.value = "";
		if (!file) return;
		const t = this.texts;
		if (!TAKEN.includes(file.type)) return this.notice(t.wrongType, true);
		if (file.size > this.uploadLimit * 1e6) return this.notice(fill(t.tooLarge, { mb: this.uploadLimit }), true);
		this.notice(fill(t.uploading, { name: file.name }), false, h("progress", { "aria-label": t.sending }));
		const body = new FormData();
		body.append("file", file);
		this.notice(await this.tried("files", body, 120000), true);
	}

	notice(text, bad = false, ...more) {
		const { notice } = this.parts;
		notice.hidden = !text;
		notice.classList.toggle("bad", bad);
		notice.replaceChildren(text, ...more);
	}

	receive(frame) {
		({
			welcome: () => this.welcomed(frame),
			message: () => this.showMessage(frame),
			ack: () => this.thread.acknowledged(frame),
			refused: () => this.giveBack(this.thread.refused(frame)),
			state: () => this.changeOwner(frame),
			typing: () => this.thread.showTyping(frame),
		})[frame.type]?.();
	}

	welcomed(frame) {
		if (this.conversation !== frame.conversation_id) {
			if (this.conversation) this.clear();
			this.conversation = frame.conversation_id;
			this.thread.history = frame.last_seq; // what comes after a cut is news
		}
		if (frame.upload_mb) this.limitUploads(frame.upload_mb);
		this.changeOwner(frame);
	}

	changeOwner(frame) {
		if (this.owner.state !== frame.state) this.thread.showTyping({ on: false });
		this.owner = frame;
		this.thread.markRead(frame.read ?? 0);
		this.showOwner();
	}

	giveBack(text) {
		if (!text || this.parts.input.value) return;
		this.parts.input.value = text;
		this.inputChanged();
	}

	showMessage(frame) {
		if (!this.thread.show(frame)) return;
		if (this.opened) this.markRead();
		else if (frame.seq > this.readBefore() && (frame.author === "bot" || frame.author === "agent")) this.unread += 1;
		this.parts.end.hidden = this.owner.state !== "bot";
		if (frame.author !== "system") this.asked = frame.body.asks_rating;
		this.showPane();
		this.countUnread();
		this.dispatchEvent(new CustomEvent("message", { detail: { author: frame.author, seq: frame.seq } })); // for the page
	}
}

if (!customElements.get("shopkeeper-chat")) customElements.define("shopkeeper-chat", ShopkeeperChat);
