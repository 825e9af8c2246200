"use strict";
(() => {
const SVG = "http://www.w3.org/2000/svg", HTML = "http://www.w3.org/1999/xhtml";
// As in flame_svg.c.
const MARGIN = 10, HEADER = 74, FOOTER = 34, ROW = 17, BOX = 16, INSET = 4;
const NARROWEST = 0.1, TIP_COLUMNS = 92;
const UNITS = {
	time: [["ns", 1], ["us", 1e3], ["ms", 1e6], ["s", 1e9], ["hrs", 3600e9]],
	memory: [["B", 1], ["kB", 2 ** 10], ["MB", 2 ** 20], ["GB", 2 ** 30], ["TB", 2 ** 40]],
	count: [["", 1]],
};

const svg = document.currentScript.closest("svg");
const find = (id) => svg.querySelector("#" + id);
const frames = find("frames"), header = find("header"), legend = find("legend"), page = find("page");
const remarks = find("remarks"), allRemarks = (remarks.querySelector("title") || remarks).textContent;
const data = FLAME.boxes.split(";");
// The list of children is live: it is copied before anything changes.
const boxes = Array.from(frames.children).map((group, id) => {
	const [depth, start, value, self, grown] = data[id].split(",").map(Number);
	const title = group.querySelector("title");
	// What follows in lines of its own: the whole name of a short one, "inlined", the source file.
	const [heading, ...details] = title.textContent.split("\n");
	const name = heading.slice(0, heading.lastIndexOf(" ("));
	title.remove();
	group.box = id;
	return {
		id, group, name, details, depth, start, value, self, grown, end: start + value,
		rect: group.querySelector("rect"), text: group.querySelector("text"),
	};
});
let zoomed = null, icicle = FLAME.icicle, term = "", width = 0, character = 6.62, height = 0;

function element(space, name, attributes, parent) {
	const made = document.createElementNS(space, name);
	for (const key in attributes)
		made.setAttribute(key, attributes[key]);
	if (parent)
		parent.appendChild(made);
	return made;
}

function format(value) {
	const scaled = value * FLAME.factor;
	let unit = UNITS[FLAME.dimension][0];
	for (const candidate of UNITS[FLAME.dimension])
		if (scaled >= candidate[1])
			unit = candidate;
	const text = (scaled / unit[1]).toFixed(2).replace(/\.00$/, "");
	return (FLAME.dimension === "count" ? Number(text).toLocaleString("en") : text) + unit[0];
}

function percent(value, whole) {
	const ratio = whole ? 100 * value / whole : 0;
	return (ratio >= 1 || ratio === 0 ? ratio.toFixed(2) : ratio.toPrecision(2)) + "%";
}

function top(depth) {
	return HEADER + (icicle ? depth : FLAME.rows - 1 - depth) * ROW;
}

// Labels.

function setLabel(box, x, boxWidth) {
	const room = Math.floor((boxWidth - 2 * INSET + 1) / character);
	if (room < 3) {
		if (box.text)
			box.text.style.display = "none";
		return;
	}
	if (!box.text)
		box.text = element(SVG, "text", {}, box.group);
	box.text.style.display = "";
	const letters = Array.from(box.name);
	box.text.textContent = letters.length <= room ? box.name : letters.slice(0, room - 1).join("") + "\u2026";
	box.text.setAttribute("x", (x + INSET).toFixed(1));
	box.text.setAttribute("y", top(box.depth) + BOX - 4);
}

// Remarks that do not fit are in the tooltip.
function fitRemarks() {
	const letters = Array.from(allRemarks), room = width - 2 * MARGIN;
	let count = letters.length;
	remarks.textContent = allRemarks;
	while (count > 1 && remarks.getComputedTextLength() > room) {
		count = Math.max(1, Math.min(count - 1, Math.floor(count * room / remarks.getComputedTextLength())));
		remarks.textContent = letters.slice(0, count - 1).join("") + "\u2026";
	}
	if (count < letters.length)
		element(SVG, "title", {}, remarks).textContent = allRemarks;
}

// Layout.

function place(box, first, scale) {
	const above = zoomed && box.depth < zoomed.depth && box.start <= zoomed.start && box.end >= zoomed.end;
	const inside = !zoomed || (box.depth >= zoomed.depth && box.start >= zoomed.start && box.end <= zoomed.end);
	const x = above ? MARGIN : MARGIN + (box.start - first) * scale;
	const boxWidth = above ? width - 2 * MARGIN : box.value * scale;
	const shown = above || (inside && boxWidth >= NARROWEST);
	box.group.style.display = shown ? "" : "none";
	if (!shown)
		return;
	box.group.classList.toggle("above", Boolean(above));
	box.rect.setAttribute("x", x.toFixed(2));
	box.rect.setAttribute("y", top(box.depth));
	// A hair's breadth between neighbours, where there is room for it.
	box.rect.setAttribute("width", (boxWidth > 3 ? boxWidth - 0.6 : boxWidth).toFixed(2));
	setLabel(box, x, boxWidth);
}

function layout() {
	width = Math.max(500, window.innerWidth && document.documentElement.clientWidth || 1200);
	height = HEADER + FLAME.rows * ROW + FOOTER;
	const whole = Math.max(height, window.innerHeight || 0);
	svg.removeAttribute("viewBox");
	svg.setAttribute("width", width);
	svg.setAttribute("height", height);
	page.setAttribute("height", whole);
	fitRemarks();
	const first = zoomed ? zoomed.start : 0;
	const scale = (width - 2 * MARGIN) / (zoomed ? zoomed.value : FLAME.total || 1);
	for (const box of boxes)
		place(box, first, scale);
	tools.setAttribute("x", Math.max(0, width - 660 - MARGIN));
	reset.disabled = !zoomed && !term;
	reset.style.visibility = reset.disabled ? "hidden" : "";
}

function stick() {
	header.setAttribute("transform", `translate(0 ${window.scrollY})`);
}

// State, which the address keeps.

function remember() {
	const parts = [];
	if (zoomed)
		parts.push("zoom=" + zoomed.id);
	if (term)
		parts.push("search=" + encodeURIComponent(term));
	try {
		history.replaceState(null, "", "#" + parts.join("&"));
	} catch (error) {
		// Not allowed here: the picture works all the same.
	}
}

function recall() {
	const state = {};
	for (const part of location.hash.slice(1).split("&")) {
		const equals = part.indexOf("=");
		const value = part.slice(equals + 1);
		try {
			state[part.slice(0, equals)] = decodeURIComponent(value);
		} catch (error) {
			state[part.slice(0, equals)] = value;
		}
	}
	zoomed = boxes[Number(state.zoom)] && state.zoom ? boxes[Number(state.zoom)] : null;
	input.value = state.search || "";
	search(input.value);
}

function zoom(box) {
	zoomed = box && box.value < FLAME.total ? box : null;
	hideTip();
	layout();
	updateMatched();
	remember();
}

// Search.

function matcher(text) {
	input.classList.remove("wrong");
	try {
		const expression = new RegExp(text, "iu");
		return (name) => expression.test(name);
	} catch (error) {
		// Half an expression, or a plain name with a bracket in it.
		const plain = text.toLowerCase();
		return (name) => name.toLowerCase().includes(plain);
	}
}

// Boxes come before what is in them: a match inside a match adds nothing.
function updateMatched() {
	let sum = 0, covered = -1, count = 0;
	for (const box of boxes) {
		if (!box.match)
			continue;
		count++;
		const start = Math.max(box.start, covered, zoomed ? zoomed.start : 0);
		const end = Math.min(box.end, zoomed ? zoomed.end : Infinity);
		if (end > start)
			sum += end - start;
		covered = Math.max(covered, box.end);
	}
	const whole = zoomed ? zoomed.value : FLAME.total;
	matched.textContent = term ? (count ? `${percent(sum, whole)} matched` : "no match") : "";
	input.classList.toggle("wrong", Boolean(term) && !count);
}

function search(text) {
	term = text;
	const matches = term ? matcher(term) : () => false;
	frames.classList.toggle("searched", Boolean(term));
	for (const box of boxes) {
		box.match = [box.name, ...box.details].some(matches);
		box.group.classList.toggle("match", box.match);
	}
	updateMatched();
	layout();
}

function resetAll() {
	input.value = "";
	input.blur();
	zoomed = null;
	search("");
	hideTip();
	remember();
}

// The tooltip.

function wrap(text) {
	const letters = Array.from(text), lines = [];
	for (let at = 0; at < letters.length; at += TIP_COLUMNS)
		lines.push(letters.slice(at, at + TIP_COLUMNS).join(""));
	return lines.slice(0, 8);
}

function net(box) {
	const change = 2 * box.grown - box.value;
	return (change < 0 ? "-" : "+") + format(Math.abs(change));
}

function figures(box) {
	const share = `${format(box.value)}, ${percent(box.value, FLAME.total)} of all`;
	const parts = FLAME.difference ? [net(box), `differs by ${share}`] : [share];
	if (zoomed)
		parts.push(`${percent(box.value, zoomed.value)} of what is shown`);
	if (box.self)
		parts.push(`itself ${format(box.self)}, ${percent(box.self, FLAME.total)}`);
	return parts.join("  \u00b7  ");
}

function showTip(box, event) {
	const lines = [box.name, ...box.details].flatMap(wrap);
	const named = wrap(box.name).length;
	tip.replaceChildren();
	const back = element(SVG, "rect", {rx: 5}, tip);
	const text = element(SVG, "text", {}, tip);
	lines.forEach((line, i) => {
		element(SVG, "tspan", {x: 10, y: 20 + 15 * i, class: i < named ? "" : "detail"}, text).textContent = line;
	});
	const last = element(SVG, "text", {class: "figures", x: 10, y: 24 + 15 * lines.length}, tip);
	last.textContent = figures(box);
	tip.style.display = "";
	const size = tip.getBBox();
	const tipWidth = size.width + 20, tipHeight = 34 + 15 * lines.length;
	back.setAttribute("width", tipWidth);
	back.setAttribute("height", tipHeight);
	let x = event.pageX + 14, y = event.pageY + 18;
	if (x + tipWidth > width)
		x = Math.max(2, width - tipWidth - 4);
	if (y + tipHeight > window.scrollY + window.innerHeight)
		y = event.pageY - tipHeight - 10;
	tip.setAttribute("transform", `translate(${x} ${Math.max(window.scrollY + 2, y)})`);
}

function hideTip() {
	tip.style.display = "none";
}

function boxOf(event) {
	const group = event.target.closest("#frames > g");
	return group ? boxes[group.box] : null;
}

// Tools.

const tools = element(SVG, "foreignObject", {y: 8, width: 660, height: 34}, header);
const row = element(HTML, "div", {id: "tools"}, tools);
const matched = element(HTML, "span", {id: "matched"}, row);
const reset = element(HTML, "button", {type: "button", title: "Escape"}, row);
reset.textContent = "Reset";
const flip = element(HTML, "button", {type: "button", title: "root at the top, or at the bottom"}, row);
flip.textContent = "Flip";
const input = element(HTML, "input",
	{type: "search", placeholder: "Search  ( / )", spellcheck: "false", "aria-label": "Search"}, row);
const tip = element(SVG, "g", {id: "tip", "pointer-events": "none"}, svg);
hideTip();

function measure() {
	const sample = element(SVG, "text", {visibility: "hidden"}, frames);
	sample.textContent = "m".repeat(50);
	character = sample.getComputedTextLength() / 50 || character;
	sample.remove();
}

function turn() {
	icicle = !icicle;
	layout();
	window.scrollTo(0, icicle ? 0 : height);
}

frames.addEventListener("click", (event) => zoom(boxOf(event)));
frames.addEventListener("mousemove", (event) => {
	const box = boxOf(event);
	if (box)
		showTip(box, event);
});
frames.addEventListener("mouseleave", hideTip);
reset.addEventListener("click", resetAll);
flip.addEventListener("click", turn);
input.addEventListener("input", () => {
	search(input.value);
	remember();
});
window.addEventListener("keydown", (event) => {
	if (event.key === "Escape") {
		resetAll();
	} else if ((event.key === "/" && event.target !== input) ||
		((event.ctrlKey || event.metaKey) && event.key === "f")) {
		input.focus();
		input.select();
	} else {
		return;
	}
	event.preventDefault();
});
window.addEventListener("resize", layout);
window.addEventListener("scroll", stick);
window.addEventListener("hashchange", recall);

measure();
recall();
layout();
if (!icicle && height > window.innerHeight)
	window.scrollTo(0, height);
stick();
})();
