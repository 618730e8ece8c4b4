/* What this browser keeps, and new ids. */

/** In private modes storage may throw: the chat then lives as long as the page. */
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

export const scriptUrl = document.currentScript?.src;
export const kept = memory(() => window.localStorage);
export const keptByTab = memory(() => window.sessionStorage);

/** `crypto.randomUUID` is only there over https. */
export function newId() {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
