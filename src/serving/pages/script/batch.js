// Many rows: a file is read here, sent in slices, and its result is made here.
const SLICE = 500;
const PREVIEW = 10;
const LISTED = 100;
const TRIES = 8;

let job = null;

const bodyOf = (given, indexes) => {
  const used = known.fields.filter((field) => field.required).map((field) => [field, given.columns.indexOf(field.name)]);
  const pieces = indexes.map((index) => {
    const pairs = used.map(([field, at]) => `${JSON.stringify(field.name)}:${JSON.stringify(valueOfText(given.rows[index][at], field))}`);
    return `{${pairs.join(',')}}`;
  });
  return `[${pieces.join(',')}]`;
};

const progress = () => {
  get('batch-progress').value = job.done;
  get('batch-count').textContent = say('count', { done: count(job.done), rows: count(job.given.rows.length) });
};

const keep = (indexes, reply) => {
  reply.predictions.forEach((answer, at) => {
    job.answers[indexes[at]] = [answer.prediction, ...known.classes.map((name) => answer.probabilities?.[name])];
  });
  (reply.warnings ?? []).forEach((problem) => {
    job.warned.add(indexes[problem.row - 1]);
    job.problems.push([indexes[problem.row - 1], problem]);
  });
  job.done += indexes.length;
  progress();
};

// The rows that the server refused, with its reasons.
const refuse = (indexes, problems) => {
  const bad = new Set();
  for (const problem of problems) {
    const index = indexes[problem.row - 1];
    bad.add(index);
    job.bad.set(index, [...(job.bad.get(index) ?? []), problem]);
    job.problems.push([index, problem]);
  }
  job.done += bad.size;
  progress();
  return indexes.filter((index) => !bad.has(index));
};

// Sends rows; those that do not fit are told apart, and the others sent again.
const send = async (indexes, own) => {
  let left = indexes;
  for (let tries = 0; left.length && !own.stop.signal.aborted;) {
    const body = bodyOf(own.given, left);
    const half = Math.ceil(left.length / 2);
    try {
      if (left.length > 1 && body.length * 3 > known.limits.bytes && new Blob([body]).size > known.limits.bytes) {
        throw new Refused(say('tooLarge'), 413);
      }
      return keep(left, await post('predict', body, own.stop.signal));
    } catch (error) {
      const fields = error.body?.error?.fields;
      if (error.status === 422 && fields?.length) {
        left = refuse(left, fields);
      } else if (error.status === 413 && left.length > 1) {
        await send(left.slice(0, half), own);
        left = left.slice(half);
      } else if ((error.status === 429 || error.status === 503) && tries < TRIES) {
        tries += 1;
        if (error.status === 429) get('batch-told').textContent = say('tooManyWait', { seconds: count(error.seconds) });
        await pause(error.seconds * 1000);
      } else {
        throw error;
      }
    }
  }
  return undefined;
};

const free = (name, taken) => {
  let [found, number] = [name, 2];
  while (taken.includes(found)) {
    found = `${name}_${number}`;
    number += 1;
  }
  return found;
};

// Columns of the result, with names that the file does not have yet.
const resultColumns = (own) => {
  const names = ['prediction', ...known.classes.map((name) => `probability_${name}`)];
  if (own.bad.size) names.push('problem');
  return names.reduce((all, name) => [...all, free(name, all)], own.given.columns);
};

const resultRow = (own, index) => {
  const answer = own.answers[index];
  const blank = Array(known.classes.length + 1).fill('');
  const comma = known.typing.decimal_comma && own.given.separator !== ',';
  const texts = answer ? answer.map((one) => (typeof one === 'number' && comma ? String(one).replace('.', ',') : String(one))) : blank;
  const why = (own.bad.get(index) ?? []).map((problem) => `${problem.field}: ${problemText(problem)}`).join(' ');
  return [...own.given.rows[index], ...texts, ...(own.bad.size ? [why] : [])];
};

const offer = (own) => {
  const safe = get('safe').checked;
  let touched = 0;
  const cell = (text) => {
    const found = safe ? defused(text) : text;
    touched += Number(found !== text);
    return found;
  };
  const { mark, separator, rows } = own.given;
  const lines = [written(own.columns.map(cell), separator)];
  rows.forEach((_, index) => lines.push(written(resultRow(own, index).map(cell), separator)));
  const link = get('download');
  if (own.url) URL.revokeObjectURL(own.url);
  own.url = URL.createObjectURL(new Blob([mark, lines.join('\r\n'), '\r\n'], { type: 'text/csv;charset=utf-8' }));
  link.href = own.url;
  link.download = `${own.name.replace(/\.[^.]*$/, '')}_predictions.csv`;
  get('download').title = touched ? say('defused', { count: count(touched) }) : '';
};

const showResult = (own) => {
  own.columns = resultColumns(own);
  // What was asked for stands before what is known.
  const turned = (all) => [...all.slice(own.given.columns.length), ...all.slice(0, own.given.columns.length)];
  const head = turned(own.columns).map((name) => make('th', { scope: 'col' }, name));
  get('batch-head').replaceChildren(make('tr', {}, make('th', { scope: 'col', class: 'number' }, say('rowColumn')), ...head));
  const shown = own.given.rows.slice(0, PREVIEW).map((_, index) => make('tr', {},
    make('th', { scope: 'row', class: 'number' }, count(index + 1)),
    ...turned(resultRow(own, index)).map((text) => make('td', {}, cut(text, 60)))));
  get('batch-rows').replaceChildren(...shown);
  offer(own);
  show(get('batch-result'));
};

const showBatchProblems = (own) => {
  const all = own.problems.length;
  show(get('batch-problems'), all > 0);
  const shown = Math.min(all, LISTED);
  get('batch-problems-title').textContent = all > shown
    ? say('problemRowsShown', { count: count(all), shown: count(shown) }) : say('problemRows', { count: count(all) });
  const lines = own.problems.sort(([a], [b]) => a - b).slice(0, LISTED).map(([index, problem]) => make('tr', {},
    make('td', { class: 'number' }, count(index + 1)),
    make('td', { class: 'number' }, count(own.given.lines[index])),
    make('th', { scope: 'row' }, make('code', {}, problem.field)),
    make('td', {}, problemText(problem))));
  get('batch-problem-rows').replaceChildren(...lines);
};

const conclusion = (own) => {
  const rows = own.given.rows.length;
  const good = rows - own.bad.size;
  const name = own.name;
  if (own.stop.signal.aborted) return say('stopped', { done: count(own.done), rows: count(rows) });
  const done = own.bad.size
    ? say('doneBut', { name, rows: count(good), bad: count(own.bad.size), column: own.columns.at(-1) })
    : say('done', { name, rows: count(good) });
  const warned = own.warned.size ? say('doneWarned', { count: count(own.warned.size) }) : '';
  const left = own.given.columns.filter((column) => !known.fields.some((field) => field.name === column) && !known.carried.includes(column));
  const aside = left.length ? say('left', { columns: cut(left.join(', '), 200) }) : '';
  return [done, warned, aside].filter(Boolean).join(' ');
};

const work = async (own) => {
  const rows = own.given.rows.length;
  const most = Math.max(1, Math.min(SLICE, known.limits.rows));
  for (let from = 0; from < rows && !own.stop.signal.aborted; from += most) {
    const slice = Array.from({ length: Math.min(most, rows - from) }, (_, at) => from + at);
    await send(slice, own);
    // A file of another model: no need to ask for each of its rows.
    if (own.bad.size === from + slice.length && own.bad.size === own.done && !own.stop.signal.aborted) {
      throw new Unusable(say('csv.noneFits', { rows: count(own.bad.size) }));
    }
  }
};

const begin = async (file) => {
  job?.stop.abort();
  if (job?.url) URL.revokeObjectURL(job.url);
  const own = { name: file.name, stop: new AbortController(), answers: [], bad: new Map(), warned: new Set(), problems: [], done: 0 };
  job = own;
  ['batch-result', 'batch-problems', 'batch-running'].forEach((id) => show(get(id), false));
  const tell = (text) => { get('batch-told').textContent = text; };
  tell(say('reading', { name: own.name }));
  try {
    if (file.size > LARGEST) throw new Unusable(say('csv.tooLarge', { size: count(file.size / 1e6) }));
    const bytes = await file.arrayBuffer().catch(() => { throw new Unusable(say('csv.unreadable')); });
    own.given = await table(decode(new Uint8Array(bytes)));
    if (job !== own) return;
    get('batch-progress').max = own.given.rows.length;
    show(get('batch-running'));
    progress();
    tell(say('running', { name: own.name, rows: count(own.given.rows.length) }));
    await work(own).catch((error) => { if (error.name !== 'AbortError') throw error; });
    if (job !== own) return;
    showBatchProblems(own);
    showResult(own);
    tell(conclusion(own));
  } catch (error) {
    if (job !== own) return;
    if (own.given) showBatchProblems(own);
    tell(say('unusable', { name: own.name, reason: error.message }));
  } finally {
    if (job === own) show(get('batch-running'), false);
  }
};

const startBatch = () => {
  const [drop, file] = [get('drop'), get('file')];
  job?.stop.abort();
  job = null;
  file.addEventListener('change', () => {
    const [chosen] = file.files;
    if (chosen) begin(chosen);
    // The same file may be chosen again once it was mended.
    file.value = '';
  });
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    const given = [...event.dataTransfer.files];
    if (given.length === 1) begin(given[0]);
    else get('batch-told').textContent = say('fileOne');
  });
  get('batch-stop').addEventListener('click', () => job?.stop.abort());
  get('safe').addEventListener('change', () => { if (job?.given) offer(job); });
};
