addEventListener('DOMContentLoaded', () => {
  'use strict';
  const find = (name) => document.getElementById(`threshold-${name}`);
  const { models, costs } = JSON.parse(find('data').textContent);
  const lang = document.documentElement.lang;
  // Groups of digits as the rest of the page has them.
  const count = { format: (n) => (lang === 'es' && n < 10000 ? String(n) : String(n).replace(/\B(?=(\d{3})+$)/g, lang === 'es' ? '\u00a0' : ',')) };
  const four = new Intl.NumberFormat(lang, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  const [slider, exact, miss, alarm, choice] = ['slider', 'number', 'miss', 'alarm', 'model'].map(find);
  const model = () => models.find((one) => one.name === choice.value) ?? models[0];

  // Rows with at least the threshold; points stand from the highest score down.
  const counts = (one, threshold) => {
    let [low, high] = [0, one.thresholds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (one.thresholds[middle] >= threshold) low = middle + 1; else high = middle;
    }
    const [tp, fp] = low === 0 ? [0, 0] : [one.true_positives[low - 1], one.false_positives[low - 1]];
    return { at: low === 0 ? NaN : one.thresholds[low - 1], tp, fp, fn: one.positives - tp, tn: one.negatives - fp };
  };
  const share = (part, all) => (all === 0 ? 0 : part / all);
  const cost = ({ tp, fp, fn, tn }) => share(
    tn * costs[0][0] + fp * alarm.valueAsNumber + fn * miss.valueAsNumber + tp * costs[1][1],
    tp + fp + fn + tn,
  );
  const f1 = ({ tp, fp, fn }) => share(2 * tp, 2 * tp + fp + fn);

  let threshold = model().chosen;
  const write = (name, text) => { find(name).textContent = text; };
  const show = () => {
    const found = counts(model(), threshold);
    const { tp, fp, fn, tn } = found;
    const total = cost(found);
    write('counted', Number.isFinite(found.at) ? four.format(found.at) : '–');
    write('precision', four.format(share(tp, tp + fp)));
    write('recall', four.format(share(tp, tp + fn)));
    write('f1-value', four.format(f1(found)));
    write('accuracy', four.format(share(tp + tn, tp + fp + fn + tn)));
    write('cost-value', Number.isFinite(total) ? four.format(total) : '–');
    write('flagged', count.format(tp + fp));
    write('tp', count.format(tp));
    write('fp', count.format(fp));
    write('fn', count.format(fn));
    write('tn', count.format(tn));
  };
  const move = (to) => {
    threshold = to;
    slider.value = String(to);
    exact.value = String(to);
    show();
  };
  // The point that is best by a measure, the highest threshold of equals.
  const best = (measure) => {
    const one = model();
    let [at, most] = [threshold, -Infinity];
    for (const score of one.thresholds) {
      const found = measure(counts(one, score));
      if (found > most) [at, most] = [score, found];
    }
    move(at);
  };

  slider.addEventListener('input', () => {
    threshold = slider.valueAsNumber;
    exact.value = slider.value;
    show();
  });
  exact.addEventListener('input', () => {
    if (!Number.isFinite(exact.valueAsNumber)) return;
    threshold = exact.valueAsNumber;
    slider.value = exact.value;
    show();
  });
  [miss, alarm].forEach((input) => input.addEventListener('input', show));
  choice.addEventListener('change', () => move(model().chosen));
  find('chosen').addEventListener('click', () => move(model().chosen));
  find('f1').addEventListener('click', () => best(f1));
  find('cost').addEventListener('click', () => best((found) => -cost(found)));
  show();
});
