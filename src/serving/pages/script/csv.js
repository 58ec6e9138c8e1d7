// Tables as comma-separated values (RFC 4180), as they are found in the wild.
const MARKS = [',', ';', '\t', '|'];
const LARGEST = 200e6;

class Unusable extends Error {}

// Bytes to text: UTF-8, UTF-16 by its mark, else the encoding of old spreadsheets.
const decode = (bytes) => {
  const [a, b] = bytes;
  // What was no UTF-8 gets a mark, so that a spreadsheet reads the result, which is, as it read the file.
  if (a === 0xff && b === 0xfe) return `\ufeff${new TextDecoder('utf-16le').decode(bytes)}`;
  if (a === 0xfe && b === 0xff) return `\ufeff${new TextDecoder('utf-16be').decode(bytes)}`;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return `\ufeff${new TextDecoder('windows-1252').decode(bytes)}`;
  }
};

// Records with the line each begins in; blank lines are left aside.
function* records(text, mark, from = 0, firstLine = 1) {
  let at = from;
  let line = firstLine;
  while (at < text.length) {
    const begins = line;
    const values = [];
    let ended = false;
    while (!ended) {
      let field = '';
      if (text[at] === '"') {
        const opened = line;
        for (;;) {
          const close = text.indexOf('"', at + 1);
          if (close < 0) throw new Unusable(say('csv.quote', { line: count(opened) }));
          field += text.slice(at + 1, close);
          at = close + 1;
          if (text[at] !== '"') break;
          field += '"';
        }
        line += field.split(/\r\n|\r|\n/).length - 1;
      }
      // What stands outside quotes, up to the mark or the end of the line.
      const rest = at;
      while (at < text.length && text[at] !== mark && text[at] !== '\n' && text[at] !== '\r') at += 1;
      values.push(field + text.slice(rest, at));
      if (text[at] === mark) {
        at += 1;
      } else {
        if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
        at += 1;
        line += 1;
        ended = true;
      }
    }
    if (values.length > 1 || values[0] !== '') yield [values, begins];
  }
}

// A text as a table: the separator is the one by which the first line names most fields.
const table = async (text) => {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  let from = mark.length;
  let line = 1;
  // Spreadsheets may say the separator in a line of its own.
  const told = /^sep=(.)\r?\n/.exec(text.slice(from, from + 8));
  if (told) {
    from += told[0].length;
    line += 1;
  }
  if (text.slice(0, 10000).includes('\0')) throw new Unusable(say('csv.binary'));
  const names = new Set(known.fields.map((field) => field.name));
  const header = (separator) => {
    try {
      return (records(text, separator, from, line).next().value?.[0] ?? []).map((name) => name.trim());
    } catch {
      return [];
    }
  };
  const hits = (separator) => header(separator).filter((name) => names.has(name)).length;
  const separator = MARKS.reduce((best, next) => (hits(next) > hits(best) ? next : best));
  if (!header(separator).length && text.slice(from).trim() === '') throw new Unusable(say('csv.empty'));
  if (!hits(separator)) throw new Unusable(say('csv.header'));
  const all = records(text, separator, from, line);
  const columns = all.next().value[0].map((name) => name.trim());
  const twice = columns.find((name, at) => name !== '' && columns.indexOf(name) !== at);
  if (twice !== undefined) throw new Unusable(say('csv.twice', { column: twice }));
  const lacks = known.fields.filter((field) => field.required && !columns.includes(field.name)).map((field) => field.name);
  if (lacks.length) throw new Unusable(say('csv.lacks', { columns: lacks.join(', ') }));
  const rows = [];
  const lines = [];
  for (const [values, begins] of all) {
    if (values.length !== columns.length) {
      throw new Unusable(say('csv.width', {
        line: count(begins), row: count(rows.length + 1), found: count(values.length), expected: count(columns.length),
      }));
    }
    rows.push(values);
    lines.push(begins);
    // The page stays alive while a large file is read.
    if (rows.length % 20000 === 0) await pause(0);
  }
  if (!rows.length) throw new Unusable(say('csv.empty'));
  return { mark, separator, columns, rows, lines };
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

// A number as the model's own table writes it; null for what is none.
const numberOf = (text) => {
  let point = text;
  if (known.typing.decimal_comma) {
    if (!/^[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d*([eE][+-]?\d+)?)?$/.test(text)) return null;
    point = text.replaceAll('.', '').replace(',', '.');
  }
  const number = NUMBER.test(point) ? Number(point) : NaN;
  return Number.isFinite(number) ? number : null;
};

// The value that a request has in place of a text of the table: the server reads it as it would read the table.
const valueOfText = (text, field) => {
  const { trim, missing, values } = known.typing;
  let found = trim ? text.trim() : text;
  // A column may be called as what every object of JavaScript has.
  const replacements = Object.hasOwn(values, field.name) ? values[field.name] : [];
  const replaced = replacements.find(([from]) => from === found);
  if (replaced) [, found] = replaced;
  if (found === null || found === '' || missing.includes(found)) return null;
  if (field.kind !== 'number' && field.kind !== 'integer') return text;
  return numberOf(found) ?? found;
};

// A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay.
const FORMULA = /^[\s]*[=+\-@\t\r]/;
const isNumber = (text) => NUMBER.test(text.trim().replace(',', '.'));
const defused = (text) => (FORMULA.test(text) && !isNumber(text) ? `'${text}` : text);

const written = (values, separator) => values
  .map((text) => (/["\r\n]/.test(text) || text.includes(separator) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text))
  .join(separator);
