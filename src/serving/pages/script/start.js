// What was entered stays when the language changes.
const entered = () => inputs().map(({ name, input }) => [name, input.value]);
const enter = (values) => values.forEach(([name, text]) => {
  const input = holder(name)?.querySelector('input,select,textarea');
  if (input) input.value = text;
});

const startLanguage = () => get('language')?.addEventListener('click', async (event) => {
  const link = event.currentTarget;
  // A new window, or no need to keep anything: the browser's own way.
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const [values, answered] = [get('form') ? entered() : [], Boolean(first && get('form'))];
  try {
    await exchange(link.getAttribute('href'));
    enter(values);
    if (answered) predict(false);
    get('language')?.focus();
  } catch {
    location.assign(link.href);
  }
});

// A token would be lost on the way to another page, so that takes the place of this one.
const startLinks = () => document.querySelectorAll('a.tool:not(#language)').forEach((link) => {
  link.addEventListener('click', (event) => {
    if (!token || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    exchange(link.getAttribute('href')).catch(() => location.assign(link.href));
  });
});

const unlock = async () => {
  try {
    await exchange(location.pathname + location.search);
  } catch (error) {
    get('unlock-problem').textContent = error.message;
  }
};

// Where examples are written for one place, the place is this one.
const startExamples = () => {
  const here = new URL('.', location.href).href.replace(/\/$/, '');
  document.querySelectorAll('[data-here]').forEach((place) => { place.textContent = here; });
};

addEventListener('DOMContentLoaded', () => {
  [terms, known] = [read('page-terms') ?? {}, read('page-data')];
  startLanguage();
  startLinks();
  startExamples();
  get('unlock')?.addEventListener('click', unlock);
  if (!get('form') || !known) return;
  startForm();
  startBatch();
});
