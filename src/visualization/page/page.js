(() => {
  'use strict';
  const root = document.documentElement;
  const key = 'mlops-theme';
  // A page opened as a file may have no storage.
  const recall = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem(key, theme); } catch { /* nothing to do */ } };
  const chosen = recall();
  if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;

  const themes = () => {
    const button = document.getElementById('theme');
    const show = () => button.setAttribute('aria-pressed', String(isDark()));
    button.addEventListener('click', () => {
      root.dataset.theme = isDark() ? 'light' : 'dark';
      remember(root.dataset.theme);
      show();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
    button.hidden = false;
    show();
  };

  // A cell's number, or its text; cells without either come last.
  const order = (row, at) => {
    const cell = row.cells[at];
    if (!cell) return '';
    if (cell.dataset.order !== undefined) return Number(cell.dataset.order);
    return cell.querySelector('.none') ? '' : cell.textContent.trim();
  };
  const compare = (a, b) => {
    if (a === '' || b === '') return a === b ? 0 : (a === '' ? Infinity : -Infinity);
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return String(a).localeCompare(String(b), root.lang, { numeric: true });
  };

  const sortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    heads.forEach((head, at) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        // Numbers begin with the greatest.
        const first = head.classList.contains('number') ? 'descending' : 'ascending';
        const now = head.getAttribute('aria-sort');
        const next = now ? (now === 'ascending' ? 'descending' : 'ascending') : first;
        heads.forEach((other) => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', next);
        const sign = next === 'ascending' ? 1 : -1;
        const rows = [...body.rows].map((row) => [order(row, at), row]);
        rows.sort(([a], [b]) => {
          const found = compare(a, b);
          return Math.abs(found) === Infinity ? found : sign * found;
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  };

  addEventListener('DOMContentLoaded', () => {
    themes();
    document.querySelectorAll('table.sortable').forEach(sortable);
  });
})();
