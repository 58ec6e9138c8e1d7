// The fields of the form, and the problems that stand next to them.
const holder = (name) => [...document.querySelectorAll('#form [data-field]')].find((field) => field.dataset.field === name);
const inputs = () => [...document.querySelectorAll('#form [data-field]')].map((field) => ({
  name: field.dataset.field,
  input: field.querySelector('input,select,textarea'),
}));

const valueOf = (input, kind) => {
  const text = input.value;
  if (text === '') return null;
  if (kind === 'number' || kind === 'integer') return Number(text);
  if (kind === 'bool') return text === 'true';
  return text;
};

// The row as JSON, and what the browser itself could not read.
const row = () => {
  const record = {};
  const unread = [];
  const kinds = new Map(known.fields.map((field) => [field.name, field.kind]));
  for (const { name, input } of inputs()) {
    if (input.validity.badInput) unread.push({ field: name, problem: 'badNumber' });
    // A key of that name would be lost in an object made of a literal.
    Object.defineProperty(record, name, { value: valueOf(input, kinds.get(name)), enumerable: true });
  }
  return { record, unread };
};

// A problem in the language of the page. What the server says of it is made of the same facts.
const problemText = (problem) => {
  const field = known.fields.find((one) => one.name === problem.field);
  const kind = problem.problem === 'null' ? 'missing' : problem.problem;
  const found = problem.found ?? '';
  const values = {
    found: /^-?\d[\d.]*(e-?\d+)?$/.test(found) ? plain(Number(found)) : found.replace(/^`([^]*)`$/, (_, text) => say('quoted', { text })),
    expected: field?.expected ?? '',
    least: field?.range?.[0] ?? '',
    greatest: field?.range?.[1] ?? '',
  };
  const meant = problem.did_you_mean ? ` ${say('meant', { value: problem.did_you_mean })}` : '';
  return say(`problem.${kind}`, values) + meant;
};

const clearProblems = () => {
  get('form-problem').textContent = '';
  for (const field of document.querySelectorAll('#form [data-field]')) {
    field.querySelector('.problem').textContent = '';
    field.querySelector('[aria-invalid]')?.removeAttribute('aria-invalid');
  }
};

// Each problem next to its field; where the row was sent on purpose, the first of them gets the focus.
const showProblems = (problems, focus) => {
  clearProblems();
  const placed = problems.map((problem) => [problem, holder(problem.field)]);
  placed.forEach(([problem, field]) => {
    if (!field) return;
    const place = field.querySelector('.problem');
    place.textContent = [place.textContent, problemText(problem)].filter(Boolean).join(' ');
    field.querySelector('input,select,textarea').setAttribute('aria-invalid', 'true');
  });
  const homeless = placed.filter(([, field]) => !field).map(([problem]) => `${problem.field}: ${problemText(problem)}`);
  const fields = [...new Set(problems.map((problem) => problem.field))];
  const first = fields.find((name) => holder(name)) ?? fields[0];
  const all = fields.length === 1 ? say('problemOne', { field: first }) : say('problems', { count: count(fields.length), field: first });
  get('form-problem').textContent = [all, ...homeless].join(' ');
  show(get('stale'));
  get('summary').textContent = '';
  if (!focus) return;
  const top = document.querySelector('#form [aria-invalid]');
  (top ?? get('form-problem')).focus();
};
