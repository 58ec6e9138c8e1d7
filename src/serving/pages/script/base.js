const get = (id) => document.getElementById(id);
const read = (id) => { const found = get(id); return found ? JSON.parse(found.textContent) : null; };

// What the page says; both are read anew when the page is exchanged for one in another language.
let terms = {};
let known = null;

const say = (name, values = {}) => (terms[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

const lang = () => document.documentElement.lang;
const decimals = (number, digits) => {
  const text = new Intl.NumberFormat(lang(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(number);
  // What is rounded away has no sign.
  return (/[1-9]/.test(text) ? text : text.replace('-', '')).replace('-', '−');
};
const count = (number) => decimals(number, 0);
// As the other pages write measured values, shares and what goes up or down.
const value = (number) => {
  const size = Math.abs(number);
  if (!Number.isFinite(number)) return '–';
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return number.toExponential(1).replace('-', '−');
  if (size === 0) return '0';
  return decimals(number, size < 100 ? 4 : (size < 10000 ? 2 : 0));
};
const percent = (share) => {
  const edge = Math.min(share, 1 - share);
  // Neither certain nor impossible.
  return `${decimals(share * 100, edge > 0 && edge < 0.001 ? 3 : 1)}\u00a0%`;
};
const signed = (number, write) => (number > 0 ? '+' : '') + write(number);
const plain = (found) => {
  if (found === null || found === undefined || found === '') return say('nothing');
  if (typeof found === 'number') {
    const digits = Number.isInteger(found) ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 6 };
    return new Intl.NumberFormat(lang(), { ...digits, useGrouping: 'min2' }).format(found).replace('-', '−');
  }
  return String(found);
};
const cut = (text, most) => ([...text].length > most ? `${[...text].slice(0, most).join('')}…` : text);

// An element with attributes and children; texts are texts, never markup.
const make = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([key, to]) => made.setAttribute(key, to));
  made.append(...children);
  return made;
};
const show = (element, is = true) => { element.hidden = !is; };
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
