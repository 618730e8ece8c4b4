/* The list of messages, in order of `seq`. What has none yet, ours on their way and "is writing", stays at the end. */

import { fill, h, icon } from "./elements.js";

export class Thread {
	constructor({ texts, parts }) {
		Object.assign(this, { texts, parts });
		this.log = h("div", { className: "log", role: "log", "aria-live": "polite", "aria-label": texts.log, tabIndex: 0, onscroll: () => this.scrolled() });
		this.newer = h("button", { className: "newer", hidden: true, onclick: () => this.scrollDown() }, icon("down"), texts.newer);
		this.clear();
	}

	clear(...greeting) {
		clearTimeout(this.typingTimer);
		this.typing = null;
		this.shown = new Map(); // seq -> element
		this.own = new Map(); // client_msg_id -> element
		this.history = 0; // what was said before this page opened; never announced
		this.seen = 0; // up to here, ours were read
		this.log.replaceChildren(...greeting);
	}

	acknowledged({ client_msg_id: id, seq }) {
		const element = this.own.get(id);
		if (!element || this.shown.has(seq)) return;
		this.shown.set(seq, element);
		this.place(element, seq);
		this.markDelivered();
	}

	refused({ client_msg_id: id, message }) {
		const element = this.own.get(id);
		if (!element) return "";
		element.classList.remove("pending");
		this.setState(element, `${this.texts.refused}. ${message}`, true);
		return element.querySelector(".bubble").textContent;
	}

	showOwn(entry) {
		const element = this.parts.message({ author: "customer", body: { type: "text", text: entry.text } });
		this.setState(element, this.texts.sending);
		this.own.set(entry.client_msg_id, element);
		this.retireChoices();
		this.place(element, Infinity);
	}

	/** Returns whether it is new here. */
	show(frame) {
		if (this.shown.has(frame.seq)) return false;
		const live = frame.seq > this.history;
		const element = this.own.get(frame.client_msg_id) ?? this.parts.message(frame);
		const follow = this.atBottom() || !live;
		this.log.setAttribute("aria-live", live ? "polite" : "off");
		this.shown.set(frame.seq, element);
		if (frame.client_msg_id) this.own.set(frame.client_msg_id, element);
		if (frame.author !== "system") this.retireChoices(frame.seq);
		this.place(element, frame.seq);
		if (frame.author === "bot" || frame.author === "agent") this.markRead(frame.seq);
		else this.markDelivered();
		if (frame.author === this.typing?.author) this.showTyping({ on: false });
		if (follow) this.scrollDown();
		else this.newer.hidden = false;
		return true;
	}

	place(element, seq) {
		element.seq = seq;
		element.classList.toggle("pending", seq === Infinity);
		let before = this.typing?.element ?? null;
		let last = before ? before.previousElementSibling : this.log.lastElementChild;
		while (last && (last === element || last.seq > seq)) {
			if (last !== element) before = last;
			last = last.previousElementSibling;
		}
		if (element.parentNode !== this.log || element.nextElementSibling !== before) this.log.insertBefore(element, before);
		for (const each of [element, element.nextElementSibling]) {
			const previous = each?.previousElementSibling;
			each?.classList.toggle("same", Boolean(previous?.dataset.author) && previous.dataset.author === each.dataset.author);
		}
	}

	/** Ours up to `seq` were seen by a person, or answered. */
	markRead(seq) {
		this.seen = Math.max(this.seen, seq);
		this.markDelivered();
	}

	/** The newest of ours that the server has says how far it came. */
	markDelivered() {
		let newest = 0;
		for (const [seq, element] of this.shown) {
			if (element.dataset.author !== "customer") continue;
			this.setState(element, "");
			newest = Math.max(newest, seq);
		}
		if (newest) this.setState(this.shown.get(newest), newest <= this.seen ? this.texts.read : this.texts.sent);
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
		for (const choices of this.log.querySelectorAll(".choices")) {
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
			h("i"), h("i"), h("i"), h("span", { className: "hidden-text" }, fill(this.texts.typing, { name: who }))));
		this.log.append(element);
		this.typing = { element, author };
		this.typingTimer = setTimeout(() => this.showTyping({ on: false }), author === "agent" ? 6000 : 30000);
		if (follow) this.scrollDown();
	}

	atBottom() {
		return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
	}

	scrollDown() {
		this.log.scrollTop = this.log.scrollHeight;
		this.newer.hidden = true;
	}

	scrolled() {
		if (this.atBottom()) this.newer.hidden = true;
	}
}
