// Texts with the words that moved the answer: for a class underlined, against it with dots under it, the more the
// bolder. What is meant stands beside each word for who does not see it.
const LEVELS = 3;

const marked = (text, marks, write) => {
  const characters = [...text];
  const most = Math.max(...marks.map((one) => Math.abs(one.contribution)), 0);
  const made = [];
  let at = 0;
  for (const { start, end, contribution } of marks) {
    const level = most > 0 ? Math.ceil((Math.abs(contribution) / most) * LEVELS) : 0;
    if (level === 0 || start < at) continue;
    const adds = signed(contribution, write);
    made.push(characters.slice(at, start).join(''));
    made.push(make('mark', { class: `${contribution < 0 ? 'against' : 'for'}-${level}`, title: adds },
      characters.slice(start, end).join(''),
      make('span', { class: 'unseen' }, ` (${adds})`)));
    at = end;
  }
  made.push(characters.slice(at).join(''));
  return made;
};

const termRows = (terms, write) => {
  const row = (name, adds) => make('tr', {},
    make('th', { scope: 'row' }, name),
    make('td', { class: 'number' }, signed(adds, write)));
  const [others, sum] = terms.others;
  return [
    ...terms.strongest.map((one) => row(one.term, one.contribution)),
    ...(others ? [row(say('otherTerms', { count: count(others) }), sum)] : []),
    ...(terms.absent ? [row(say('absentTerms'), terms.absent)] : []),
  ];
};

// One part for each text that has terms.
const showTexts = (output, write) => {
  const texts = output.contributions.filter((one) => one.terms && one.value);
  show(get('reasons-texts'), texts.length > 0);
  get('reasons-texts-list').replaceChildren(...texts.flatMap((one) => [
    make('h4', {}, one.feature),
    make('p', { class: 'marked' }, ...marked(one.value, one.terms.marks, write)),
    make('details', {},
      make('summary', {}, say('termsOf', { field: one.feature })),
      make('div', { class: 'scroll' }, make('table', {},
        make('caption', {}, say('termsOf', { field: one.feature })),
        make('thead', {}, make('tr', {},
          make('th', { scope: 'col' }, say('term')),
          make('th', { scope: 'col', class: 'number' }, say('adds')))),
        make('tbody', {}, ...termRows(one.terms, write))))),
  ]));
};
