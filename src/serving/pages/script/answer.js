// The answer to a row, and how it differs from the first one.
const percentOf = (answer, name) => answer.probabilities?.[name] ?? 0;

// Whose probability is followed: the positive class of two; of several that of the first answer.
const followed = (first) => (known.classes.length === 2 ? known.classes[1] : first.prediction);

const showShares = (answer) => {
  const rows = known.classes.map((name) => {
    const share = percentOf(answer, name);
    const bar = make('span', { class: 'share-bar' });
    bar.style.width = `${share * 100}%`;
    const lane = make('div', { class: 'share-lane' }, bar);
    if (known.threshold !== null && name === known.classes[1]) {
      const mark = make('span', { class: 'share-mark', title: say('thresholdMark', { threshold: percent(known.threshold) }) });
      mark.style.left = `${Math.min(Math.max(known.threshold, 0), 1) * 100}%`;
      lane.append(mark);
    }
    const line = make('tr', name === answer.prediction ? { class: 'strong' } : {},
      make('th', { scope: 'row' }, name),
      make('td', { class: 'number' }, percent(share)),
      make('td', { class: 'lane', 'aria-hidden': 'true' }, lane));
    return [share, line];
  });
  // Many classes: the likeliest first.
  if (rows.length > 6) rows.sort(([a], [b]) => b - a);
  get('shares').replaceChildren(...rows.map(([, line]) => line));
};

const decision = (answer) => {
  if (known.task === 'regression') return '';
  if (known.threshold === null) return say('likeliest', { count: count(known.classes.length) });
  const name = known.classes[1];
  return say('threshold', { class: name, threshold: percent(known.threshold), share: percent(percentOf(answer, name)) });
};

const showWarnings = (answer) => {
  const warnings = answer.warnings ?? [];
  const place = get('warnings');
  show(place, warnings.length > 0);
  if (!warnings.length) return place.replaceChildren();
  const lines = warnings.map((problem) => make('li', {}, `${problem.field}: ${problemText(problem)}`));
  const all = warnings.length + (answer.more_warnings ?? 0);
  return place.replaceChildren(make('div', { class: 'notice warning', role: 'note' },
    make('p', {}, say('warned', { count: count(all) })), make('ul', {}, ...lines)));
};

const told = (answer) => (known.task === 'regression'
  ? say('predicted', { value: value(answer.prediction) })
  : say('answered', { label: answer.prediction, share: percent(answer.confidence) }));

const showAnswer = (answer) => {
  get('prediction').textContent = known.task === 'regression' ? value(answer.prediction) : answer.prediction;
  get('decision').textContent = decision(answer);
  if (known.task !== 'regression') showShares(answer);
  showWarnings(answer);
  show(get('stale'), false);
  show(get('answer'));
};

// How far the answer is from the first one, in a sentence; nothing where it is the same row.
const change = (first, now) => {
  const fields = Object.keys(now.record).filter((name) => first.record[name] !== now.record[name]);
  if (!fields.length) return null;
  const sentences = [];
  let up;
  if (known.task === 'regression') {
    const [before, after] = [first.answer.prediction, now.answer.prediction];
    up = after - before;
    sentences.push(say('movedValue', { before: value(before), after: value(after), difference: signed(up, value) }));
  } else {
    const name = followed(first.answer);
    const [before, after] = [percentOf(first.answer, name), percentOf(now.answer, name)];
    up = after - before;
    const difference = signed(up * 100, (points) => decimals(points, 1));
    sentences.push(say('moved', { class: name, before: percent(before), after: percent(after), difference }));
    if (first.answer.prediction !== now.answer.prediction) {
      sentences.push(say('turned', { before: first.answer.prediction, after: now.answer.prediction }));
    }
  }
  const lines = fields.map((field) => say('changedField', { field, before: plain(first.record[field]), after: plain(now.record[field]) }));
  return { text: sentences.join(' '), lines, arrow: Math.abs(up) < 5e-5 ? '' : (up > 0 ? ' ▲' : ' ▼'), up };
};

const showChange = (first, now) => {
  const found = change(first, now);
  show(get('what-if'), found !== null);
  show(get('hint'), found === null);
  get('change').textContent = found?.text ?? '';
  get('changed').replaceChildren(...(found?.lines ?? []).map((line) => make('li', {}, line)));
  get('summary').replaceChildren(make('strong', {}, told(now.answer) + (found?.arrow ?? '')), found ? ` ${found.text}` : '');
};
