// Draws the charts after first paint, and swaps pages in place. Without it pages are plain links, forms and pictures.
"use strict";

const vegaAddress = document.currentScript.dataset.vega;
const dark = matchMedia("(prefers-color-scheme: dark)");
let vegaLoading;
let pulseTimer;
let shown = location.pathname + location.search;

function loadVega() {
  vegaLoading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = vegaAddress;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  return vegaLoading;
}

async function draw(figure) {
  const address = new URL(figure.dataset.chart, location.href);
  if (dark.matches) address.searchParams.set("theme", "dark");
  const plot = figure.querySelector(".plot");
  try {
    const answered = await fetch(address);
    if (!answered.ok) throw new Error((await answered.json()).error);
    const found = await answered.json();
    show(figure, found);
    if (found.spec) await embed(plot, found);
    else plot.replaceChildren(paragraph("none", found.hint));
    figure.classList.toggle("bare", !found.spec);
  } catch (error) {
    plot.replaceChildren(paragraph("none", `This chart can't be shown: ${error.message}`));
  }
  figure.dataset.drawn = "yes";
}

function show(figure, found) {
  figure.querySelector(".rows").innerHTML = found.table;
  const ignored = figure.querySelector(".ignored");
  ignored.hidden = !found.ignored.length;
  ignored.textContent = `Not filtered by ${found.ignored.join(", ")}.`;
}

async function embed(plot, found) {
  await loadVega();
  const box = document.createElement("div");
  box.className = "drawn";
  plot.replaceChildren(box);
  const options = { actions: false, ast: true, defaultStyle: false, renderer: "canvas", tooltip: { disableDefaultStyle: true } };
  plot.view?.finalize();
  plot.view = (await vegaEmbed(box, found.spec, options)).view;
  box.removeAttribute("role");
  const canvas = box.querySelector("canvas");
  canvas?.setAttribute("role", "img");
  canvas?.setAttribute("aria-label", found.described);
}

function paragraph(name, text) {
  const made = document.createElement("p");
  made.className = name;
  made.textContent = text ?? "";
  return made;
}

async function drawAll() {
  const figures = [...document.querySelectorAll("[data-chart]")];
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  if (figures.length) loadVega().catch(() => {});
  await Promise.all(figures.map(draw));
  document.documentElement.dataset.ready = "yes";
}

async function visit(address, remember = true) {
  const answered = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answered.text(), "text/html");
  if (!page.querySelector("main") || !page.querySelector("script[data-vega]")) return location.assign(address);
  page.querySelectorAll("noscript").forEach((without) => without.remove());
  if (remember) history.pushState(null, "", address);
  shown = location.pathname + location.search;
  delete document.documentElement.dataset.ready;
  for (const part of ["main", "header.top", "footer.foot"]) document.querySelector(part).replaceWith(page.querySelector(part));
  document.title = page.title;
  await begin();
}

function filterAddress(form) {
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(given).toString();
  return form.action + (query ? `?${query}` : "");
}

async function pulse(main, seen) {
  const answered = await fetch(main.dataset.pulse).then((found) => found.json(), () => null);
  if (!main.isConnected) return;
  const isNews = answered && seen !== undefined && answered.edition !== seen;
  if (isNews && !document.hidden) return visit(location.href, false);
  pulseTimer = setTimeout(() => pulse(main, answered?.edition ?? seen), 1000 * main.dataset.refresh);
}

function begin() {
  clearTimeout(pulseTimer);
  const main = document.querySelector("main[data-refresh]");
  if (main) pulse(main);
  for (const range of document.querySelectorAll("[data-number]")) {
    const number = document.getElementById(range.dataset.number);
    range.addEventListener("input", () => (number.value = range.value));
    range.addEventListener("change", () => range.form.requestSubmit());
  }
  return drawAll();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".filters")) return;
  event.preventDefault();
  visit(filterAddress(event.target)).then(() => document.querySelector("main").focus());
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const isOurs = link?.closest("nav, .filters, .brand") && link.origin === location.origin;
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  for (const open of document.querySelectorAll(".pick[open]")) if (!open.contains(event.target)) open.open = false;
  if (!isOurs || !isPlain) return;
  event.preventDefault();
  visit(link.href).then(() => scrollTo(0, 0));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll(".pick[open]").forEach((open) => (open.open = false));
  if (document.activeElement?.closest(".info")) document.activeElement.blur();
});
addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) visit(location.href, false);
});
dark.addEventListener("change", drawAll);
begin();
