/* Draws messages: one entry a type of part, and dates and money in the page's language. */

import { fill, h, icon, linked, safeUrl } from "./elements.js";

export class Parts {
	/** `say(content)` sends what a button says, `post(frame)` what is not said (true: it was taken). */
	constructor({ texts, server, language, say, post }) {
		Object.assign(this, { texts, server, language, say, post });
	}

	message({ author: kind, name, body, created_at: at, seq, helpful }) {
		const element = h("div", { className: `message ${kind}`, "data-author": `${kind} ${name ?? ""}`.trim(), title: at ? this.time(at) : "" });
		if (kind === "agent") element.append(h("span", { className: "name" }, name || this.texts.agent));
		if (kind === "customer" || kind === "bot") element.append(h("span", { className: "hidden-text" }, kind === "bot" ? this.texts.assistant : this.texts.you));
		element.append(...this.partElements(body, seq));
		if (body.rateable) element.append(this.thumbs(seq, helpful));
		return element;
	}

	thumbs(seq, helpful) {
		const press = (chosen) => {
			if (!this.post({ type: "answer_rating", seq, helpful: chosen })) return;
			row.childNodes.forEach((button, i) => button.setAttribute("aria-pressed", String(chosen === !i)));
		};
		const row = h("div", { className: "thumbs", role: "group", "aria-label": this.texts.helped }, ...["up", "down"].map((way, i) =>
			h("button", { className: "thumb", title: this.texts[way], "aria-pressed": String(helpful === !i),
				onclick: () => press(!i) }, icon("thumb"))));
		return row;
	}

	/** One entry a type of part; a type this widget does not know is shown by its text. */
	partElements(body, seq) {
		const draw = {
			order: () => [this.bubble(body), this.orderCard(body.order)],
			products: () => [this.bubble(body), this.shelf(body.products ?? [], seq)],
			suggestion: () => [this.suggestion(body)],
			image: () => [this.picture(body)],
			file: () => [this.attachment(body)],
		}[body.type] ?? (() => [this.bubble(body)]);
		const inside = body.type === "suggestion" ? null : this.choices(body.buttons);
		return [...draw(), inside].filter(Boolean);
	}

	bubble({ text: told, what, at }) {
		const text = this.texts.told[what] ? fill(this.texts.told[what], { at: at && this.time(at) }) : told;
		return text ? h("div", { className: "bubble" }, ...linked(text)) : null;
	}

	choices(buttons) {
		if (!buttons?.length) return null;
		return h("div", { className: "choices" }, ...buttons.map(({ title, payload }) =>
			h("button", { className: "choice", onclick: () => this.say({ payload, text: title }) }, title)));
	}

	orderCard(order) {
		if (!order) return null;
		const t = this.texts;
		const bad = ["cancelled", "returned"].includes(order.status);
		const fact = (label, value) => (value ? [h("dt", {}, label), h("dd", {}, value)] : []);
		return h("div", { className: "card" },
			h("div", { className: "card-head" }, icon("box"), `${t.order} ${order.id}`,
				h("span", { className: bad ? "pill bad" : "pill" }, t.status[order.status] ?? order.status)),
			h("ul", { className: "lines" }, ...(order.lines ?? []).map((line) => h("li", {}, h("b", {}, `${line.quantity} ×`), line.name))),
			h("dl", {}, ...fact(t.placed, this.day(order.placed_on)), ...fact(t.expected, this.day(order.expected_on)),
				...fact(t.total, this.money(order.total, order.currency))));
	}

	shelf(products, seq) {
		const t = this.texts;
		products = products.filter((product) => !product.declined);
		const goods = h("ul", { className: "goods", "aria-label": t.products }, ...products.map((product) => this.good(product, seq)));
		const turn = (side, label, name, step) => h("button", { className: `turn ${side}`, hidden: step < 0 || products.length < 3, "aria-label": label,
			onclick: () => goods.scrollBy(step * 178, 0) }, icon(name));
		const [before, after] = [turn("before", t.previous, "left", -1), turn("after", t.next, "right", 1)];
		goods.onscroll = () => {
			const atEnd = goods.scrollWidth - goods.clientWidth - goods.scrollLeft < 9;
			after.hidden = atEnd && !after.matches(":focus-visible"); // the keyboard's focus is not lost
			before.hidden = goods.scrollLeft < 9 && !before.matches(":focus-visible");
		};
		return h("div", { className: "shelf" }, goods, before, after);
	}

	/** On a shelf; what was chosen for this customer has a button that takes it off for good. */
	good(product, seq) {
		const decline = () => {
			if (!this.post({ type: "decline", seq, product_id: product.id })) return;
			const next = item.nextElementSibling ?? item.previousElementSibling;
			(next?.querySelector(".no") ?? item.closest(".panel").querySelector("textarea")).focus();
			(next ? item : item.closest(".shelf")).remove();
		};
		const no = product.reason && h("button", { className: "turn no", title: fill(this.texts.no, product), onclick: decline }, icon("close"));
		const item = h("li", {}, this.product(product), no);
		return item;
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
		const href = safeUrl(url, this.server);
		if (!href) return this.bubble({ text });
		return h("a", { className: "picture", href, target: "_blank", rel: "noopener" }, h("img", { src: href, alt: text || this.texts.picture, loading: "lazy" }));
	}

	attachment({ text, url, size }) {
		const href = safeUrl(url, this.server);
		const label = `${text || this.texts.file}${size ? ` (${Math.max(1, Math.round(size / 1024))} kB)` : ""}`;
		return h(href ? "a" : "span", { className: "attachment", href, target: "_blank", rel: "noopener" }, icon("file"), label);
	}

	money(amount, currency) {
		if (amount == null || amount === "") return "";
		try {
			return new Intl.NumberFormat(this.language, { style: "currency", currency: currency || "EUR" }).format(Number(amount));
		} catch {
			return `${amount} ${currency ?? ""}`.trim();
		}
	}

	day(date) {
		const parsed = new Date(`${String(date).slice(0, 10)}T00:00:00`);
		if (Number.isNaN(parsed.getTime())) return date ?? "";
		return new Intl.DateTimeFormat(this.language, { day: "numeric", month: "short", year: "numeric" }).format(parsed);
	}

	time(at) {
		return new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
	}
}
