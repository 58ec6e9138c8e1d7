// One row: predicted when it is sent, and again whenever a field changes after that.
const PATIENCE = 300;

let first = null;
let current = null;
let explains = true;
let ongoing = null;
let waiting = 0;

const explain = async (body, answer, signal) => {
  if (!explains) return;
  try {
    const found = await post('explain', body, signal);
    if (!signal.aborted) showReasons(found, answer);
  } catch (error) {
    if (error.name === 'AbortError') return;
    if (error.status === 501) {
      explains = false;
      showNoReasons(say('noReasons'));
    } else {
      showNoReasons(say('failedReasons', { message: error.message }));
    }
  }
};

// `focus` where the row was sent on purpose: then a problem takes the focus, and the answer is the one to compare with.
const predict = async (focus) => {
  clearTimeout(waiting);
  ongoing?.abort();
  const own = new AbortController();
  ongoing = own;
  const { record, unread } = row();
  if (unread.length) return showProblems(unread, focus);
  const body = JSON.stringify(record);
  get('answer').setAttribute('aria-busy', 'true');
  if (focus) get('summary').textContent = say('wait');
  try {
    const answer = await post('predict', body, own.signal);
    if (own.signal.aborted) return undefined;
    clearProblems();
    current = { record, answer };
    first ??= current;
    showAnswer(answer);
    showChange(first, current);
    return await explain(body, answer, own.signal);
  } catch (error) {
    if (error.name === 'AbortError') return undefined;
    get('summary').textContent = '';
    const fields = error.status === 422 ? error.body?.error?.fields : null;
    if (fields) return showProblems(fields, focus);
    clearProblems();
    get('form-problem').textContent = error.message;
    if (focus) get('form-problem').focus();
    return undefined;
  } finally {
    // A later request has the place to itself.
    if (ongoing === own) get('answer').removeAttribute('aria-busy');
  }
};

const changed = () => {
  if (!first) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => predict(false), PATIENCE);
};

const startForm = () => {
  const form = get('form');
  [first, current, explained, explains] = [null, null, null, true];
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    predict(true);
  });
  form.addEventListener('input', changed);
  // The values are there a moment after the event.
  form.addEventListener('reset', () => setTimeout(() => { clearProblems(); changed(); }));
  get('rebase').addEventListener('click', () => {
    first = current;
    showChange(first, current);
    get('submit').focus();
  });
  get('reasons-class').addEventListener('change', (event) => {
    event.target.dataset.chosen = 'yes';
    showOutput();
  });
};
