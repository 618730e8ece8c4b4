/* What the page is drawn with: elements, icons, and the two places where a message's text becomes more than text. */

const ICONS = {
	chat: "M21 11.5a8.4 8.4 0 0 1-12.3 7.4L3 21l2.1-5.7A8.4 8.4 0 1 1 21 11.5Z",
	close: "M6 6l12 12M18 6 6 18",
	send: "M4 12 20 4l-4.5 16-4-6.5L4 12Zm7.5 1.5L20 4",
	person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8a7 7 0 0 1 14 0",
	spark: "M12 3l1.9 5.1L19 10l-5.1 1.9L12 17l-1.9-5.1L5 10l5.1-1.9L12 3Z",
	box: "M12 3l8 4.5v9L12 21l-8-4.5v-9L12 3Zm0 9 8-4.5M12 12 4 7.5M12 12v9",
	left: "M15 5l-7 7 7 7", right: "M9 5l7 7-7 7", down: "M5 9l7 7 7-7",
	file: "M14 3H6v18h12V7l-4-4Zm0 0v4h4",
	thumb: "M7 11v9H4v-9h3Zm0 0 4-8a2.4 2.4 0 0 1 2.3 3L12.5 9H18a2 2 0 0 1 2 2.3l-1.2 7a2 2 0 0 1-2 1.7H7",
	clip: "M20 11.5 12 19.5a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.8 17a1.6 1.6 0 0 1-2.4-2.3l7.6-7.5",
};

/** An element: properties by name, `aria-…`, `data-…` and `role` as attributes, `on…` as listeners. */
export function h(tag, properties = {}, ...children) {
	const element = document.createElement(tag);
	if (tag === "button") element.type = "button";
	for (const [name, value] of Object.entries(properties)) {
		if (value == null) continue;
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else if (/^(aria-|data-|role$)/.test(name)) element.setAttribute(name, value);
		else element[name] = value;
	}
	element.append(...children.filter((child) => child != null));
	return element;
}

export function icon(name) {
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
export function linked(text) {
	const pieces = String(text ?? "").split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)])/);
	return pieces.map((piece, i) => (i % 2 ? h("a", { href: piece, target: "_blank", rel: "noopener noreferrer" }, piece) : piece));
}

/** An address that may be shown or followed: http(s), absolute or relative to the server; otherwise undefined. */
export function safeUrl(url, server) {
	const { protocol, href } = url && URL.canParse(url, server) ? new URL(url, server) : {};
	return /^https?:$/.test(protocol) ? href : undefined;
}

/** The texts with `own` in their place; what it lacks or leaves empty stays. */
export function merged(texts = {}, own) {
	const both = Object.entries({ ...texts, ...own });
	return Object.fromEntries(both.map(([key, text]) => [key, text?.constructor === Object ? merged(texts[key], text) : text || texts[key]]));
}

/** A text with its {names} filled in. */
export function fill(text, values) {
	return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
