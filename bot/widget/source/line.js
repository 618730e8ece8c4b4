/* The line to the server: a token, a socket, reconnects with backoff, and the outbox. Where sockets are blocked it asks
   over HTTP instead. Knows nothing of the page. */

import { kept, keptByTab, newId } from "./storage.js";

export class Line {
	constructor({ server, identity, consent, language, onframe, onstatus }) {
		Object.assign(this, { server, identity, consent, language, onframe, onstatus });
		this.key = `shopkeeper ${server}`;
		this.conversation = null;
		this.since = 0;
		this.attempt = 0;
		this.failures = 0; // of sockets since the last welcome
		this.wanted = false;
		this.ready = false;
		this.outbox = keptByTab.get(`${this.key} outbox ${identity.customer ?? ""}`) ?? [];
	}

	/** Whether this browser has talked before, as the same person. */
	get known() {
		const stored = kept.get(this.key);
		return Boolean(stored?.token) && stored.customer === (this.identity.customer ?? null) && (stored.consent ?? null) === this.consent;
	}

	/** Whether the customer agreed to what the page wants agreed to; nothing is sent or kept before. */
	get consented() {
		return !this.consent || this.agreed || kept.get(this.key)?.consent === this.consent;
	}

	get token() {
		return this.known ? kept.get(this.key).token : null;
	}

	agree() {
		this.agreed = true;
		this.start();
	}

	start() {
		if (this.wanted || !this.consented) return;
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

	/** The server has it, or has refused it for good. */
	settle(clientMsgId) {
		this.outbox = this.outbox.filter((entry) => entry.client_msg_id !== clientMsgId);
		this.keepOutbox();
	}

	keepOutbox() {
		keptByTab.set(`${this.key} outbox ${this.identity.customer ?? ""}`, this.outbox);
	}

	post(frame) {
		if (!this.ready) return false;
		if (!this.socket) this.posting = this.posting.then(() => this.postOver(frame, this.turn));
		else if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
		else return false;
		return true;
	}

	async connect() {
		clearTimeout(this.retry);
		const turn = (this.turn = {});
		try {
			const token = await this.registered();
			if (!this.wanted || this.turn !== turn) return;
			if (this.failures < 2) this.dial(token);
			else await this.poll(turn);
		} catch {
			if (this.turn !== turn) return;
			if (this.failures > 1) this.failures = 0; // sockets may be allowed again
			if (!this.wanted) this.onstatus("refused");
			this.drop();
		}
	}

	/** The token; a new one is asked for once, however many wait for it. */
	async registered() {
		if (this.token) return this.token;
		this.registering ??= this.register().finally(() => { this.registering = null; });
		return this.registering;
	}

	async register() {
		const stored = kept.get(this.key);
		const customer = this.identity.customer ?? null;
		const body = { consent: this.consent };
		if (customer) Object.assign(body, { customer_id: customer, signature: this.identity.signature });
		if (stored?.token && !stored.customer) body.token = stored.token; // a guest who signed in goes on; nobody inherits a customer
		const answer = await fetch(new URL("/v1/visitors", this.server), {
			method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(10000),
		});
		if (answer.status === 403) this.wanted = false; // not on this site: trying again is no use
		if (!answer.ok) throw new Error(`visitors: ${answer.status}`);
		const { token } = await answer.json();
		kept.set(this.key, { token, customer, consent: this.consent });
		return token;
	}

	/** A request about this visitor's conversation; throws when the server cannot be reached. */
	async call(path, body, patience = 20000) {
		const answer = await fetch(new URL(`/v1/conversation/${path}`, this.server), {
			method: body ? "POST" : "GET", signal: AbortSignal.timeout(patience),
			body: body instanceof FormData ? body : body && new Blob([JSON.stringify(body)], { type: "application/json" }),
			headers: { Authorization: `Bearer ${await this.registered()}` },
		});
		if (answer.status === 401) this.forget();
		return answer;
	}

	forget() {
		kept.set(this.key, { consent: this.consent });
	}

	dial(token) {
		this.failures += 1;
		const address = new URL("/v1/socket", this.server);
		address.protocol = address.protocol.replace("http", "ws");
		const socket = (this.socket = new WebSocket(address));
		this.silence = setTimeout(() => this.drop(), 10000);
		socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token, since_seq: this.since, language: this.language }));
		socket.onmessage = (event) => {
			if (this.socket !== socket) return;
			this.watch();
			this.receive(JSON.parse(event.data));
		};
		socket.onclose = (event) => {
			if (this.socket !== socket) return;
			if (event.code === 4401) this.forget();
			if (event.code === 4403) this.wanted = false;
			this.drop();
			if (event.code === 4403) this.onstatus("refused");
		};
	}

	/** What the socket brings, asked for: each answer waits for news. Tries sockets again later if they ever worked. */
	async poll(turn) {
		const until = this.spoke ? Date.now() + 60000 : Infinity;
		this.posting = Promise.resolve();
		for (let wait = 0; this.turn === turn && Date.now() < until; wait = 25) {
			const answer = await this.call(`messages?since_seq=${this.since}&wait=${wait}&typing=true`, undefined, 40000);
			if (!answer.ok) throw new Error(`messages: ${answer.status}`);
			const { messages, typing, ...head } = await answer.json();
			if (this.turn !== turn) return;
			this.receive({ type: this.ready && head.conversation_id === this.conversation ? "state" : "welcome", ...head });
			for (const message of messages) if (this.turn === turn) this.receive({ type: "message", ...message });
			if (typing) this.receive({ type: "typing", on: true, ...typing });
		}
		if (this.turn === turn) throw new Error("time for a socket");
	}

	async postOver(frame, turn) {
		const path = { message: "messages", read: "read", typing: "typing", answer_rating: `messages/${frame.seq}/rating`, decline: `messages/${frame.seq}/decline` }[frame.type];
		if (!path || this.turn !== turn) return;
		try {
			const answer = await this.call(path, frame);
			const told = answer.status === 204 ? {} : await answer.json();
			if (frame.type !== "message") return;
			if (answer.status === 401 || answer.status >= 500) throw new Error(`not taken: ${answer.status}`);
			this.receive({ type: answer.ok ? "ack" : "refused", client_msg_id: frame.client_msg_id, message: told.error, seq: told.seq });
		} catch {
			if (this.turn === turn) this.drop(); // it stays in the outbox
		}
	}

	receive(frame) {
		if (frame.type === "welcome") this.welcome(frame);
		if (frame.type === "message" && frame.seq > this.since) this.since = frame.seq;
		if (frame.client_msg_id) this.settle(frame.client_msg_id); // acknowledged, refused or shown
		if (frame.type === "ping") this.post({ type: "pong" });
		this.onframe(frame);
	}

	welcome(frame) {
		const another = this.conversation !== null && this.conversation !== frame.conversation_id;
		const asked = this.ready && this.socket ? 0 : this.since; // a second welcome on one socket starts from the beginning
		this.conversation = frame.conversation_id;
		if (another) this.since = 0;
		if (another && asked > 0) {
			this.drop(); // what was asked for counted in the old conversation
			return;
		}
		this.attempt = 0;
		this.ready = true;
		if (this.socket) [this.failures, this.spoke] = [0, true];
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
