// What each field adds to an answer, as bars and as a table.
const BARS = 12;

let explained = null;

const draw = (output, scale) => {
  const chart = get('reasons-chart');
  const svg = (name, attributes, ...children) => {
    // The page's own element knows the name of the language it is in.
    const made = document.createElementNS(chart.namespaceURI, name);
    Object.entries(attributes).forEach(([key, to]) => made.setAttribute(key, to));
    made.append(...children);
    return made;
  };
  const all = output.contributions;
  // One alone is shown rather than counted.
  const most = all.length === BARS + 1 ? BARS + 1 : BARS;
  const bars = all.slice(0, most).map((one) => [`${one.feature} = ${plain(one.value)}`, one.contribution]);
  const rest = all.slice(most);
  if (rest.length) bars.push([say('others', { count: count(rest.length) }), rest.reduce((sum, one) => sum + one.contribution, 0)]);
  const [width, high, gap] = [Math.max(chart.parentElement.clientWidth, 260), 38, 8];
  const lowest = Math.min(0, ...bars.map(([, adds]) => adds));
  const highest = Math.max(0, ...bars.map(([, adds]) => adds));
  const span = highest - lowest || 1;
  const place = (adds) => ((adds - lowest) / span) * (width - 2 * gap) + gap;
  const marks = bars.flatMap(([label, adds], at) => {
    const [left, right] = [place(Math.min(adds, 0)), place(Math.max(adds, 0))];
    const top = at * high;
    const fits = Math.floor((width - 90) / 7);
    return [
      svg('text', { x: gap, y: top + 15, class: 'bar-label' }, cut(label, fits)),
      svg('text', { x: width - gap, y: top + 15, class: 'bar-value' }, signed(adds, scale)),
      svg('line', { x1: place(0), x2: place(0), y1: top + 18, y2: top + 34, class: 'bar-zero' }),
      svg('rect', { x: left, y: top + 20, width: Math.max(right - left, 1), height: 12, class: adds < 0 ? 'bar-down' : 'bar-up' }),
    ];
  });
  const bottom = bars.length * high;
  const title = get('reasons-title');
  title.textContent = `${output.class === null ? say('reasonsOfValue') : say('reasonsOf', { class: output.class })}: ${
    bars.slice(0, 3).map(([label, adds]) => `${label} ${signed(adds, scale)}`).join(', ')}`;
  chart.setAttribute('viewBox', `0 0 ${width} ${bottom + 4}`);
  chart.replaceChildren(title, ...marks);
};

const showOutput = () => {
  const select = get('reasons-class');
  const outputs = explained.rows[0].outputs;
  const output = outputs[Math.max(select.selectedIndex, 0)] ?? outputs[0];
  const scales = { log_odds: ['logOdds', value], probability: ['probabilityScale', value], value: ['valueScale', value] };
  const [term, write] = scales[explained.raw_score] ?? scales.value;
  draw(output, write);
  showTexts(output, write);
  const note = say(term, { expected: write(output.expected), score: write(output.score), class: output.class ?? '' });
  get('reasons-note').textContent = explained.calibrated ? `${note} ${say('calibrated')}` : note;
  get('reasons-rows').replaceChildren(...output.contributions.map((one) => make('tr', {},
    make('th', { scope: 'row' }, one.feature),
    make('td', {}, cut(plain(one.value), 80)),
    make('td', { class: 'number' }, signed(one.contribution, write)))));
};

const showReasons = (found, answer) => {
  const select = get('reasons-class');
  const outputs = found.rows[0].outputs;
  const names = outputs.map((output) => output.class);
  const before = explained && select.value;
  explained = found;
  if (outputs.length > 1) {
    select.replaceChildren(...names.map((name) => make('option', { value: name }, name)));
    select.value = names.includes(before) && select.dataset.chosen ? before : answer.prediction;
  }
  show(select.parentElement, outputs.length > 1);
  show(get('no-reasons'), false);
  show(get('reasons'));
  showOutput();
};

const showNoReasons = (text) => {
  get('no-reasons').textContent = text;
  show(get('no-reasons'));
  show(get('reasons'), false);
};
