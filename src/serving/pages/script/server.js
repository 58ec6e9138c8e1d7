// Requests go to this page's own folder: the same page serves the default model and each of several.
// The token is here and nowhere else; it goes when the page goes.
let token = null;

class Refused extends Error {
  constructor(message, status = 0, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

const words = (reply, body) => {
  const seconds = Number(reply.headers.get('retry-after')) || 1;
  switch (reply.status) {
    case 401: return say('noToken');
    case 403: return say('notAllowed');
    case 413: return say('tooLarge');
    case 429: return say('tooMany', { seconds });
    case 503: return say('busy');
    default: {
      const error = body?.error;
      const message = [error?.message, error?.hint].filter(Boolean).join('; ') || reply.statusText;
      return say('failed', { status: reply.status, message });
    }
  }
};

// Asks for a token; null where none is given.
const askToken = (problem) => new Promise((done) => {
  const [dialog, form, input] = [get('token-dialog'), get('token-form'), get('token')];
  const before = document.activeElement;
  get('token-problem').textContent = problem;
  input.value = '';
  const end = (given) => {
    input.value = '';
    form.onsubmit = get('token-cancel').onclick = dialog.oncancel = null;
    dialog.close();
    before?.focus?.();
    done(given);
  };
  form.onsubmit = (event) => { event.preventDefault(); end(input.value.trim() || null); };
  get('token-cancel').onclick = () => end(null);
  dialog.oncancel = (event) => { event.preventDefault(); end(null); };
  dialog.showModal();
  input.focus();
});

// Of several requests that lack a token at once, one asks.
let asking = null;
const needToken = async (used) => {
  if (token !== used) return token;
  asking ??= askToken(used ? say('wrongToken') : '').finally(() => { asking = null; });
  token = await asking;
  return token;
};

// An answer of the server; what it refuses is thrown in words.
const ask = async (path, options = {}) => {
  for (;;) {
    const used = token;
    const headers = { ...options.headers, ...(used ? { authorization: `Bearer ${used}` } : {}) };
    let reply;
    try {
      reply = await fetch(path, { ...options, headers, cache: 'no-store', credentials: 'omit', redirect: 'error' });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Refused(say('gone'));
    }
    if (reply.ok) return reply;
    const body = await reply.json().catch(() => null);
    if (reply.status === 401 && await needToken(used)) continue;
    const refused = new Refused(words(reply, body), reply.status, body);
    refused.seconds = Math.min(Number(reply.headers.get('retry-after')) || 1, 60);
    throw refused;
  }
};

const post = async (path, body, signal) => {
  const reply = await ask(path, { method: 'POST', body, signal, headers: { 'content-type': 'application/json' } });
  return reply.json();
};

// Puts another page of this server in the place of this one, so that the token is not lost.
const exchange = async (path) => {
  const reply = await ask(path, { headers: { accept: 'text/html' } });
  const found = new DOMParser().parseFromString(await reply.text(), 'text/html');
  document.documentElement.lang = found.documentElement.lang;
  document.title = found.title;
  document.body.replaceWith(document.adoptNode(found.body));
  history.replaceState(null, '', path);
  // The scripts of the head are there already; they begin anew.
  dispatchEvent(new Event('DOMContentLoaded'));
};
