/* Runs in each page of `bench pages`: types like a person, and notes when each marked text appears where.

   Texts end in a mark, "#" and letters; `noted` says for each mark when it was sent, seen and (in the widget) delivered,
   in milliseconds of the machine's clock, which all pages share. */

window.bench = (() => {
	const noted = { sent: {}, seen: {}, delivered: {}, answered: {} };
	const now = () => performance.timeOrigin + performance.now();
	const first = (when, mark) => { when[mark] ??= now(); };
	const marks = (text) => text.match(/#[a-z0-9]+-\d+/g) ?? [];

	/** Every message in `list` from now on; `own` selects this page's messages, whose state says that they arrived. */
	function watch(list, own) {
		const look = () => {
			for (const mark of marks(list.textContent)) first(noted.seen, mark);
			let asked = null;
			for (const message of own ? list.querySelectorAll(".message") : []) {
				const author = message.dataset.author;
				if (author === own) asked = marks(message.textContent)[0] ?? null;
				if (author === own && asked && !message.classList.contains("pending")) first(noted.delivered, asked);
				if (author !== own && author && asked && !message.querySelector(".dots")) first(noted.answered, asked);
			}
		};
		new MutationObserver(look).observe(list, { childList: true, subtree: true, characterData: true, attributes: true });
		look();
	}

	/** Twenty blinking carets take a fifth of a core; a customer's own machine has one. */
	const still = () => document.documentElement.style.setProperty("caret-animation", "manual");
	document.addEventListener("DOMContentLoaded", still);

	function type(box, text) {
		box.focus();
		const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
		set.call(box, text);
		box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
	}

	/** Writes `texts` in turn into `box()`, about every `pause` seconds, until `until`. */
	async function talk({ name, box, texts, pause, until }) {
		for (let turn = 0; now() < until; turn += 1) {
			await new Promise((next) => setTimeout(next, 1000 * pause * (0.5 + Math.random())));
			const field = box();
			if (!field || field.disabled || now() >= until) continue;
			const mark = `#${name}-${turn}`;
			type(field, `${texts[turn % texts.length]} ${mark}`);
			await new Promise((next) => setTimeout(next, 150));
			noted.sent[mark] = now();
			field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, composed: true, cancelable: true }));
		}
		return noted;
	}

	return { noted, watch, talk, now };
})();
