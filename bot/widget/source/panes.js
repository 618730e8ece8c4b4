/* The small forms above the text field: agreeing before the first word, a message outside opening hours, a rating. */

import { fill, h } from "./elements.js";

function field(label, tag, properties) {
	const input = h(tag, properties);
	return [input, h("label", { className: "field" }, label, input)];
}

function button(text, properties) {
	return h("button", { className: "choice", ...properties }, text);
}

function form(title, submit, ...children) {
	const onsubmit = (event) => {
		event.preventDefault();
		submit();
	};
	return h("form", { className: "pane", "aria-label": title, onsubmit }, h("h3", {}, title), ...children);
}

/** Nothing is sent or kept before `agree`. */
export function consentPane(t, { shop, url, agree, refuse }) {
	return form(t.consentTitle, agree, h("p", {}, fill(t.consent, { shop }), " ", h("a", { href: url, target: "_blank", rel: "noopener" }, t.policy)),
		h("div", { className: "choices" }, button(t.agree, { type: "submit" }), button(t.disagree, { onclick: refuse })));
}

/** `send(email, text)` resolves to what went wrong, if anything did. */
export function leavePane(t, { opens, send, cancel }) {
	const [email, emailField] = field(t.email, "input", { type: "email", required: true, maxLength: 200, autocomplete: "email" });
	const [text, textField] = field(t.label, "textarea", { rows: 3, required: true, maxLength: 2000 });
	const told = h("p", { className: "state bad", role: "alert" });
	const submit = async () => { told.textContent = await send(email.value, text.value); };
	return form(t.closed, submit, h("p", {}, fill(t.leave, { at: opens })), emailField, textField, told,
		h("div", { className: "choices" }, button(t.send, { type: "submit" }), button(t.cancel, { onclick: cancel })));
}

/** `send(score, comment)` resolves to what went wrong, or "". */
export function ratingPane(t, { send }) {
	const stars = [1, 2, 3, 4, 5].map((score) => h("label", { className: "star", title: fill(t.stars, { score }) },
		h("input", { type: "radio", name: "score", value: score, required: true, "aria-label": fill(t.stars, { score }) }), "★"));
	const [comment, commentField] = field(t.comment, "textarea", { rows: 2, maxLength: 2000 });
	const told = h("p", { role: "status" });
	const pane = form(t.rating, async () => {
		const score = Number(pane.querySelector(":checked").value);
		const wrong = await send(score, comment.value.trim() || null);
		if (wrong) told.textContent = wrong;
		else pane.replaceChildren(h("p", { role: "status" }, t.thanks));
	}, h("div", { className: "stars", role: "radiogroup", "aria-label": t.rating }, ...stars), commentField, told,
	h("div", { className: "choices" }, button(t.rate, { type: "submit" })));
	return pane;
}
