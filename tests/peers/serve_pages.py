"""Drives the pages of `mlops serve` in headless Chromium, as a person would: fills in the form, predicts, changes a
field, sends a wrong one, drops a CSV and downloads its result, which is held against `mlops predict`, reads it in both
languages, on a phone and in the dark; loses the token and the server. No word on the console but of answers that refuse,
nothing asked of another server.

    serve_pages.py PROJECT... [--screenshots DIR]

A PROJECT is a folder whose pipeline has run; one named `hotel` is served with --lenient, since its rows hold levels that
training has not seen. Needs playwright, a Chromium of the system, curl, and `mlops` on the PATH."""

import argparse
import csv
import glob
import io
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from playwright.sync_api import sync_playwright

from pages import CONTRAST, LOOK, NARROW, WIDE, number
from served import Server

ROWS = 1200
# What Chromium itself says of an answer that refuses.
REFUSED = "Failed to load resource: the server responded with a status of"


class Visit:
    """A page, and everything that is wrong with it."""

    def __init__(self, browser, server, name, screenshots, **context):
        self.server, self.name, self.screenshots, self.problems = server, name, screenshots, []
        context = {"viewport": WIDE, "color_scheme": "light", "reduced_motion": "reduce", "locale": "en-GB", **context}
        self.context = browser.new_context(accept_downloads=True, **context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda m: m.text.startswith(REFUSED) or self.problems.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", self.seen)
        # Whatever a name of the model or the file says, none of it runs.
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def seen(self, request):
        if not request.url.startswith((self.server.address + "/", "data:", "blob:" + self.server.address)):
            self.problems.append(f"request: {request.url}")

    def expect(self, is_so, what):
        if not is_so:
            self.problems.append(what)

    def text(self, selector):
        return self.page.text_content(selector).strip()

    def predicted(self):
        """Waits until nothing is asked any more."""
        self.page.wait_for_selector("#answer:not([aria-busy]):visible")

    def wait(self, expression, argument=None):
        """Until it is so. Playwright's own waiting would evaluate texts, which the page's policy forbids."""
        for _ in range(600):
            if self.page.evaluate(expression, argument):
                return
            self.page.wait_for_timeout(50)
        self.problems.append(f"never: {expression} {argument or ''}")

    def look(self, what):
        width = self.page.evaluate("document.documentElement.scrollWidth")
        room = self.page.viewport_size["width"]
        self.expect(width <= room, f"{what}: the page is {width} wide, the screen {room}")
        self.expect(self.page.query_selector("img, iframe, object") is None, f"{what}: a name became an element")
        self.problems += [f"{what}: {text}" for text in self.page.evaluate(LOOK) + self.page.evaluate(CONTRAST)]
        if self.screenshots:
            self.page.screenshot(path=f"{self.screenshots}/serve-{self.name}-{what}.png", full_page=True)

    def end(self):
        self.context.close()
        return [f"{self.name}: {problem}" for problem in dict.fromkeys(self.problems)]


def field(name):
    return f"#form [data-field={json.dumps(name)}]"


def entered(visit, info):
    """The row that the form holds."""
    record = {}
    for one in info["fields"]:
        if not one["required"]:
            continue
        text = visit.page.eval_on_selector(f"{field(one['name'])} >> input,select,textarea", "e => e.value")
        kinds = {"number": float, "integer": float, "bool": lambda text: text == "true"}
        record[one["name"]] = None if text == "" else kinds.get(one["type"], str)(text)
    return record


def shown(visit, answer, what):
    """The page shows what the server answers."""
    page, is_number = visit.page, "probabilities" not in answer
    if is_number:
        visit.expect(math.isclose(number(visit.text("#prediction")), answer["prediction"], rel_tol=1e-3), f"{what}: prediction")
        return
    visit.expect(visit.text("#prediction") == str(answer["prediction"]), f"{what}: {visit.text('#prediction')} is not {answer['prediction']}")
    rows = page.eval_on_selector_all("#shares tr", "rows => rows.map(row => [row.cells[0].textContent, row.cells[1].textContent])")
    for label, share in rows:
        found = number(share.replace("%", "")) / 100
        visit.expect(abs(found - answer["probabilities"][label]) < 6e-4, f"{what}: {label} {share}, not {answer['probabilities'][label]}")
    visit.expect(len(rows) == len(answer["probabilities"]), f"{what}: {len(rows)} classes")
    if "threshold" in answer:
        visit.expect("threshold" in visit.text("#decision") or "from" in visit.text("#decision"), f"{what}: no threshold")


def single(visit, info):
    """Fill, predict, reasons, what-if."""
    page, server = visit.page, visit.server
    page.goto(server.address + "/")
    visit.expect(page.get_attribute("html", "lang") == "en", "the page is not in English")
    visit.look("fresh")
    page.focus("#submit")
    page.keyboard.press("Enter")
    visit.predicted()
    shown(visit, server.predict(server.get("/example_request")), "example")
    bars = page.eval_on_selector_all("#reasons-chart rect", "all => all.length")
    rows = page.eval_on_selector_all("#reasons-rows tr", "all => all.length")
    if page.is_visible("#reasons"):
        visit.expect(bars >= 1 and rows >= 1, "no reasons")
        visit.expect(page.eval_on_selector_all("#reasons-chart [x='NaN'], #reasons-chart [width='NaN']", "all => all.length") == 0, "a bar without a place")
    else:
        visit.expect("cannot tell" in visit.text("#no-reasons"), "neither reasons nor why there are none")
    texts = []
    if page.is_visible("#reasons-texts"):
        texts = json.loads(server.post("/explain", json.dumps(server.get("/example_request")))[1])["rows"][0]["outputs"][0]["contributions"]
    for one in (one for one in texts if "terms" in one):
        words = page.eval_on_selector_all(".marked mark", "all => all.map(e => e.firstChild.textContent)")
        told = ["".join(list(one["value"])[mark["start"]:mark["end"]]) for mark in one["terms"]["marks"]]
        visit.expect(set(words) & set(told) or not told, f"{one['feature']}: no word of it is marked")
        visit.expect(page.eval_on_selector_all("mark .unseen", "all => all.every(e => /[+−]/.test(e.textContent))"), "a mark that is told by its looks alone")
    ranged = [one for one in info["fields"] if one["required"] and one["type"] in ("number", "integer") and "max" in one]
    before = visit.text("#summary")
    moved = False
    for one in ranged[:4]:
        page.fill(f"{field(one['name'])} input", str(one["max"]))
        page.wait_for_timeout(400)
        visit.predicted()
        shown(visit, server.predict(entered(visit, info)), f"what-if {one['name']}")
        moved = moved or visit.text("#summary") != before
        visit.expect(one["name"] in visit.text("#changed"), f"what-if: {one['name']} is not told")
    visit.expect(moved, "what-if: the answer never moves")
    visit.look("what-if")
    page.click("#rebase")
    visit.expect(not page.is_visible("#what-if"), "what-if: nothing differs from itself")
    page.click("#example")
    page.wait_for_timeout(400)
    visit.predicted()
    shown(visit, server.predict(server.get("/example_request")), "reset")
    return ranged


def wrong(visit, info, ranged, lenient):
    """What does not fit stands next to its field, and takes the focus."""
    page = visit.page
    one = ranged[0]
    page.fill(f"{field(one['name'])} input", str(one["max"] + 1000))
    page.click("#submit")
    if lenient:
        page.wait_for_selector("#warnings:visible")
        visit.expect(one["name"] in visit.text("#warnings"), "no warning")
    else:
        page.wait_for_selector(f"{field(one['name'])} .problem:visible")
        problem = visit.text(f"{field(one['name'])} .problem")
        visit.expect("beyond" in problem, f"a range is told as {problem}")
        focused = page.evaluate("document.activeElement.name")
        visit.expect(focused == one["name"], f"the focus is on {focused}")
        visit.expect(page.get_attribute(f"{field(one['name'])} input", "aria-invalid") == "true", "no aria-invalid")
        needed = next((x for x in ranged if not x["nullable"]), None)
        if needed and needed is not one:
            page.fill(f"{field(needed['name'])} input", "")
            page.click("#submit")
            page.wait_for_selector(f"{field(needed['name'])} .problem:visible")
            visit.expect(visit.text("#form-problem").startswith("2 "), "two problems are not told at once")
        page.evaluate("scrollTo(0, 0)")
        visit.look("problems")
    page.click("#example")
    page.wait_for_timeout(400)
    visit.predicted()
    visit.expect(not page.is_visible("#form-problem"), "a problem stays when it is gone")


def sample(project, odd):
    """Some rows of the raw table as a CSV that is hard to read: its bytes, and a plain one for `mlops predict`."""
    [path] = glob.glob(f"{project}/data/raw/*_raw_*.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    header, rows = rows[0], rows[1:]
    step = max(1, len(rows) // ROWS)
    rows = rows[::step][:ROWS]
    plain = io.StringIO(newline="")
    csv.writer(plain).writerows([header, *rows])
    note = ["=HYPERLINK(\"http://x\")", "two\nlines; \"quoted\"", "-12.5", "ñ, á", " +1 "]
    given, mark = [[*header, "remark"]], ";" if odd else ","
    given += [[*row, note[at % len(note)]] for at, row in enumerate(rows)]
    hard = io.StringIO(newline="")
    csv.writer(hard, delimiter=mark).writerows(given)
    return (b"\xef\xbb\xbf" if odd else b"") + hard.getvalue().encode(), plain.getvalue(), given, mark


def same(text, expected):
    try:
        return float(text) == float(expected)
    except ValueError:
        return text == expected


def batch(visit, project, lenient):
    """A CSV in, the result out, the same as of `mlops predict`."""
    page = visit.page
    odd = not lenient
    hard, plain, given, mark = sample(project, odd)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "new rows.csv")
        path.write_bytes(hard)
        page.set_input_files("#file", path)
        page.wait_for_selector("#batch-result:visible", timeout=120_000)
        visit.expect("predicted" in visit.text("#batch-told"), f"batch: {visit.text('#batch-told')}")
        visit.expect("remark" in visit.text("#batch-told"), "batch: the column left aside is not told")
        page.evaluate("document.getElementById('batch').scrollIntoView()")
        visit.look("batch")
        results = {}
        for safe in (True, False):
            page.set_checked("#safe", safe)
            with page.expect_download() as download:
                page.click("#download")
            visit.expect(download.value.suggested_filename == "new rows_predictions.csv", download.value.suggested_filename)
            results[safe] = pathlib.Path(download.value.path()).read_bytes()
        pathlib.Path(folder, "plain.csv").write_text(plain, newline="")
        champion = json.load(open(f"{project}/models/champion.json"))
        # As `mlops serve` without --model.
        told = subprocess.run(["mlops", "--quiet", "predict", "--input", f"{folder}/plain.csv"], cwd=project, capture_output=True, text=True)
        visit.expect(told.returncode == 0, f"mlops predict: {told.stderr} {champion}")
    expected = list(csv.DictReader(io.StringIO(told.stdout)))
    visit.expect(results[True].startswith(b"\xef\xbb\xbf") == odd, "batch: the byte order mark is lost")
    raw = list(csv.reader(io.StringIO(results[False].decode("utf-8-sig"), newline=""), delimiter=mark))
    safe = list(csv.reader(io.StringIO(results[True].decode("utf-8-sig"), newline=""), delimiter=mark))
    visit.expect([row[:len(given[0])] for row in raw] == given, "batch: the columns of the file changed")
    visit.expect(safe[1][len(given[0]) - 1] == "'" + given[1][-1], f"batch: a formula stays: {safe[1]}")
    visit.expect(safe[3][len(given[0]) - 1] == "-12.5", "batch: a number got an apostrophe")
    added = raw[0][len(given[0]):]
    visit.expect(len(raw) - 1 == len(expected), f"batch: {len(raw) - 1} rows, not {len(expected)}")
    names = [name for name in expected[0] if name == "prediction" or name.startswith("probability_")]
    where = {name: len(given[0]) + added.index(name if name in added else f"{name}_2") for name in names}
    good = unanswered = 0
    for row, other in zip(raw[1:], expected):
        if row[where["prediction"]] == "":
            unanswered += 1
            visit.expect(row[-1] != "", "batch: a row has neither answer nor reason")
            continue
        differs = [name for name in names if not same(row[where[name]], other[name])]
        visit.expect(not differs, f"batch: {differs} differ from `mlops predict`: {[row[where[n]] for n in differs]} {[other[n] for n in differs]}")
        good += not differs
    visit.expect(good + unanswered == len(expected) and good > 0.8 * len(expected), f"batch: {good} of {len(expected)} rows are the same")
    return good, unanswered


def bad_files(visit, project, info, lenient):
    """What is wrong with a file is told by row, line and column."""
    page = visit.page
    names = [one["name"] for one in info["fields"] if one["required"]]
    example = visit.server.get("/example_request")
    cell = lambda name: "" if example[name] is None else str(example[name]).replace("True", "true").replace("False", "false")
    good = [cell(name) for name in names]
    at = next(at for at, one in enumerate(x for x in info["fields"] if x["required"]) if one["type"] in ("number", "integer"))
    wrong_row = [*good[:at], "x7", *good[at + 1:]]

    def written(rows, mark=","):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=mark).writerows(rows)
        return out.getvalue().encode()

    def choose(content):
        page.set_input_files("#file", {"name": "bad.csv", "mimeType": "text/csv", "buffer": content})
        page.wait_for_selector("#batch-running", state="hidden")
        visit.wait("!/Reading|predicting/.test(document.getElementById('batch-told').textContent)")
        return visit.text("#batch-told")

    for content, words in [
        (b"", "no row"),
        (written([names]), "no row"),
        (written([["p", "q"], ["1", "2"]]), "names no field"),
        (written([names[1:], good[1:]]), names[0]),
        (written([names, good, good[1:]]), "line 3 (row 2)"),
        (written([names, good]) + b'"', "line 3"),
        (written([[*names, names[0]], [*good, "1"]]), "twice"),
        (b"\x89PNG\x00\x00\x00", "no text"),
    ]:
        told = choose(content)
        visit.expect(words in told and "cannot be predicted" in told, f"bad file {content[:40]}: {told}")
    told = choose(written([names, good, good, wrong_row, good], "\t"))
    if lenient:
        visit.expect("does not fit: 1." in told, f"bad row: {told}")
    else:
        visit.expect("rows predicted: 3; refused: 1" in told, f"bad row: {told}")
    row = visit.page.eval_on_selector("#batch-problem-rows tr", "row => [...row.cells].map(cell => cell.textContent)")
    visit.expect(row[:3] == ["3", "4", names[at]] and "x7" in row[3], f"bad row: {row}")
    visit.look("bad-row")
    # Dropped rather than chosen.
    page.evaluate("""([name, text]) => {
      const given = new DataTransfer();
      given.items.add(new File([text], name, { type: 'text/csv' }));
      document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: given, bubbles: true, cancelable: true }));
    }""", ["dropped.csv", written([names, good]).decode()])
    visit.wait("document.getElementById('batch-told').textContent.startsWith('dropped.csv: rows predicted: 1')")


def languages(visit, ranged):
    """Spanish by a click, with what was entered and without a second page."""
    page = visit.page
    one = ranged[0]
    page.fill(f"{field(one['name'])} input", str(one["min"]))
    page.click("#submit")
    visit.predicted()
    page.click("#language")
    visit.wait("document.documentElement.lang === 'es'")
    visit.predicted()
    kept = page.input_value(f"{field(one['name'])} input")
    visit.expect(float(kept) == float(one["min"]), f"the language changes what was entered: {kept}")
    for selector, words in [("#submit", "Predecir"), ("h1 ~ #theme", "Tema oscuro"), ("#batch-title", "Muchas filas"), ("#answer", "Por qué")]:
        visit.expect(words in visit.text(selector), f"Spanish: {selector} says {visit.text(selector)}")
    visit.expect(page.url.endswith("?lang=es"), page.url)
    page.fill(f"{field(one['name'])} input", str(one["max"] + 1000))
    page.click("#submit")
    page.wait_for_timeout(100)
    visit.predicted()
    said = visit.text("#form-problem") + visit.text("#warnings")
    visit.expect("no encaja" in said or "fuera de lo que el modelo" in said, f"Spanish: {said}")
    visit.look("spanish")
    page.click("#example")
    page.wait_for_timeout(400)
    visit.predicted()
    page.click("#language")
    visit.wait("document.documentElement.lang === 'en'")


def refusals(visit):
    """A token is asked for and kept in memory alone; what else the server may say is told in words."""
    page, server = visit.page, visit.server
    page.goto(server.address + "/")

    def guard(route):
        if route.request.headers.get("authorization") == "Bearer right":
            route.continue_()
        else:
            route.fulfill(status=401, headers={"www-authenticate": "Bearer"}, json={"error": {"reason": "token", "message": "no"}})

    page.route("**/predict", guard)
    page.click("#submit")
    page.wait_for_selector("#token-dialog[open]")
    visit.expect(page.evaluate("document.activeElement.id") == "token", "the token's input has no focus")
    visit.look("token")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    visit.wait("document.getElementById('token-problem').textContent.includes('does not know')")
    page.keyboard.type("right")
    page.keyboard.press("Enter")
    visit.predicted()
    kept = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])")
    visit.expect("right" not in kept.replace("To the right", "") or "Bearer right" not in kept, "the token is kept")
    visit.expect(visit.context.cookies() == [], "a cookie")
    visit.expect(page.evaluate("[localStorage.length, sessionStorage.length].join()") == "0,0", "something is stored")
    page.evaluate("window.same = true")
    page.click("a[href='docs']")
    page.wait_for_selector("#example-curl")
    visit.expect(page.url == server.address + "/docs" and server.address in visit.text("#example-curl"), f"docs at {page.url}")
    page.click("a[href='./']")
    page.wait_for_selector("#form")
    visit.expect(page.evaluate("window.same") is True, "the token is lost on the way to another page")
    page.unroute("**/predict")
    for status, headers, words in [(403, {}, "403"), (413, {}, "413"), (429, {"retry-after": "7"}, "Wait 7 s"), (503, {}, "503"), (500, {}, "answered 500")]:
        page.route("**/predict", lambda route: route.fulfill(status=status, headers=headers, json={"error": {"message": "m"}}))
        page.click("#submit")
        visit.wait("words => document.getElementById('form-problem').textContent.includes(words)", words)
        page.unroute("**/predict")
    # A batch waits when it is told to, and cuts its slices smaller.
    answers = [429, 413]

    def once(route):
        if answers:
            route.fulfill(status=answers.pop(0), headers={"retry-after": "1"}, json={"error": {"message": "m"}})
        else:
            route.continue_()

    page.route("**/predict", once)
    example = server.get("/example_request")
    out = io.StringIO(newline="")
    cell = lambda value: "" if value is None else json.dumps(value) if not isinstance(value, str) else value
    csv.writer(out).writerows([example.keys(), *[[cell(value) for value in example.values()]] * 5])
    page.set_input_files("#file", {"name": "five.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode()})
    visit.wait("document.getElementById('batch-told').textContent.startsWith('five.csv: rows predicted: 5')")
    page.unroute("**/predict")


def reference(visit):
    """Its examples work as they stand."""
    page, server = visit.page, visit.server
    page.goto(server.address + "/docs")
    visit.look("docs")
    expected = server.predict(server.get("/example_request"))["prediction"]
    told = subprocess.run(["bash", "-c", page.text_content("#example-curl")], capture_output=True, text=True)
    visit.expect(json.loads(told.stdout)["prediction"] == expected, f"curl: {told.stdout}{told.stderr}")
    told = subprocess.run([sys.executable, "-c", page.text_content("#example-python")], capture_output=True, text=True)
    visit.expect(told.stdout.strip() == str(expected), f"Python: {told.stdout}{told.stderr}")
    script = page.text_content("#example-javascript").replace("console.log", "return ")
    # The page's policy lets no text become a script; the example is one of any page.
    other = visit.context.new_cdp_session(page)
    other.send("Page.setBypassCSP", {"enabled": True})
    found = page.evaluate(f"(async () => {{ {script} }})()")
    visit.expect(found == expected, f"JavaScript: {found}")
    for pre in page.query_selector_all(".endpoint pre"):
        told = subprocess.run(["bash", "-c", pre.text_content().replace("curl -s", "curl -s -o /dev/null -w '%{http_code}'", 1)], capture_output=True, text=True)
        is_unable = "explain" in pre.get_attribute("id") and told.stdout == "501"
        visit.expect(told.stdout == "200" or is_unable, f"{pre.get_attribute('id')}: {told.stdout}{told.stderr}")
    page.goto(server.address + "/docs?lang=es")
    visit.look("docs-spanish")


def gone(visit):
    page = visit.page
    page.goto(visit.server.address + "/")
    visit.server.stop()
    page.click("#submit")
    visit.wait("document.getElementById('form-problem').textContent.includes('does not answer')")
    visit.problems = [problem for problem in visit.problems if "ERR_CONNECTION_REFUSED" not in problem]


def locked(browser, project):
    """Where a token is wanted for everything, the page comes once it is entered, and others after it."""
    secret = "a token for nobody but this test"[:32].replace(" ", "-")
    server = Server(project, token=secret)
    try:
        urllib.request.urlopen(server.address + "/")
        print("serve pages peer: SKIPPED the locked page: this server wants no token")
        return []
    except urllib.error.HTTPError as error:
        assert error.code == 401
    visit = Visit(browser, server, "locked", None)
    page = visit.page
    page.goto(server.address + "/")
    visit.look("locked")
    page.click("#unlock")
    page.keyboard.type("not the right one, for sure")
    page.keyboard.press("Enter")
    visit.wait("document.getElementById('token-problem').textContent.includes('does not know')")
    page.keyboard.type(secret)
    page.keyboard.press("Enter")
    page.wait_for_selector("#submit")
    page.click("#submit")
    visit.predicted()
    page.click("#language")
    visit.wait("document.documentElement.lang === 'es'")
    page.click("a[href='docs']")
    page.wait_for_selector("#example-curl")
    visit.expect(page.url == server.address + "/docs" and server.address in visit.text("#example-curl"), f"docs at {page.url}")
    page.click("a[href='./']")
    page.wait_for_selector("#form")
    visit.expect(page.evaluate("[localStorage.length, sessionStorage.length].join()") == "0,0", "something is stored")
    server.stop()
    return visit.end()


def check(browser, project, screenshots):
    name = pathlib.Path(project).resolve().name
    lenient = name == "hotel"
    server = Server(project, *(["--lenient"] if lenient else []))
    info = server.get("/model_info")
    visit = Visit(browser, server, name, screenshots)
    ranged = single(visit, info)
    wrong(visit, info, ranged, lenient)
    good, unanswered = batch(visit, project, lenient)
    bad_files(visit, project, info, lenient)
    languages(visit, ranged)
    refusals(visit)
    reference(visit)
    problems = visit.end()
    for theme, viewport, locale in [("dark", WIDE, "en-GB"), ("light", NARROW, "es-MX"), ("dark", NARROW, "en-GB")]:
        place = "phone" if viewport is NARROW else "wide"
        visit = Visit(browser, server, f"{name}-{theme}-{place}", screenshots, viewport=viewport, color_scheme=theme, locale=locale)
        visit.page.goto(server.address + "/")
        visit.expect(visit.page.get_attribute("html", "lang") == locale[:2], "the browser's language is not asked for")
        visit.page.click("#submit")
        visit.predicted()
        visit.page.eval_on_selector_all("details", "all => all.forEach(e => { e.open = true; })")
        visit.look("predicted")
        visit.page.goto(server.address + "/docs")
        visit.look("docs")
        problems += visit.end()
    visit = Visit(browser, server, name, None)
    gone(visit)
    problems += visit.end() + locked(browser, project)
    print(f"{name}: {good} rows as `mlops predict`, {unanswered} refused, {len(problems)} problems", *problems[:30], sep="\n  ")
    return not problems


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("projects", nargs="+")
    arguments.add_argument("--screenshots")
    given = arguments.parse_args()
    if given.screenshots:
        os.makedirs(given.screenshots, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("serve pages peer: FAILED: no Chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        results = [check(browser, project, given.screenshots) for project in given.projects]
        browser.close()
    print(f"serve pages peer: {sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
