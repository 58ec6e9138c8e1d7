"""Opens pages in headless Chromium: no word on the console, nothing asked of the network, every picture with a text, no
page wider than a narrow screen, both themes, headings in order, the slider computing what the evaluation holds.

    pages.py PROJECT... [--screenshots DIR]

A PROJECT is a folder with reports/*.html; needs playwright and a Chromium of the system."""

import argparse
import glob
import json
import math
import os
import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright

NARROW, WIDE = {"width": 400, "height": 900}, {"width": 1280, "height": 900}

# What a person with a keyboard or a screen reader would stumble over, found in the page itself.
LOOK = """() => {
  const found = [];
  const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const all = (selector) => [...document.querySelectorAll(selector)];
  if (!document.documentElement.lang) found.push('no language');
  if (!document.title) found.push('no title');
  if (all('h1').length !== 1) found.push(`${all('h1').length} headings of the first level`);
  let level = 0;
  for (const heading of all('h1,h2,h3,h4,h5,h6')) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) say('a level of headings is left out', heading);
    level = now;
  }
  const ids = all('[id]').map((element) => element.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => found.push(`an id stands twice: ${id}`));
  const text = (id) => document.getElementById(id)?.textContent.trim();
  for (const image of all('svg,img')) {
    if (image.getAttribute('aria-hidden') === 'true') continue;
    const named = (image.getAttribute('aria-labelledby') ?? '').split(' ').some(text);
    const told = image.getAttribute('aria-label') || image.getAttribute('alt') || (image.getAttribute('role') === 'img' && named);
    if (!told) say('a picture without a text', image);
  }
  for (const input of all('input,select,textarea')) {
    if (!input.labels.length && !input.getAttribute('aria-label')) say('an input without a label', input);
  }
  for (const button of all('button,a[href],summary')) {
    if (!button.textContent.trim() && !button.getAttribute('aria-label')) say('a button without a name', button);
  }
  for (const table of all('table')) {
    if (!table.caption?.textContent.trim()) say('a table without a caption', table);
    if (table.querySelector('th:not([scope])')) say('a head without a scope', table);
  }
  for (const link of all('a[href^="#"]')) {
    if (!document.getElementById(link.getAttribute('href').slice(1))) say('a link to nothing', link);
  }
  return found;
}"""

# Texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, AA); large ones may have 3.
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const luminance = ([r, g, b]) => {
    const part = (value) => { const v = value / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found[3] > 0.99) return found;
    }
    return [255, 255, 255, 1];
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *:not(svg *)')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [one, other] = [luminance(colour(style.color)), luminance(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
      found.add(`contrast ${contrast.toFixed(2)}: ${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 40)}`);
    }
  }
  return [...found];
}"""


def number(text):
    """A number as the page writes it, in either language."""
    text = text.replace("\u00a0", "").replace("\u202f", "").replace("−", "-")
    return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text.replace(",", ""))


def slider(page, project, problems):
    """At the model's own threshold the page says what the evaluation holds, and moving the slider changes it."""
    if not page.query_selector("#threshold-slider"):
        return
    [path] = glob.glob(f"{project}/reports/metrics/evaluation_*_v*.json")
    evaluation = json.load(open(path))
    test = evaluation["models"][evaluation["champion"]]["test"]
    value = lambda name: number(page.text_content(f"#threshold-{name}"))
    for name, metric in [("precision", "precision"), ("recall", "recall"), ("f1-value", "f1"), ("accuracy", "accuracy")]:
        if not math.isclose(value(name), test[metric], abs_tol=6e-5):
            problems.append(f"the slider's {metric} is {value(name)}, the evaluation's {test[metric]}")
    recall = value("recall")
    page.eval_on_selector("#threshold-slider", "e => { e.value = 0; e.dispatchEvent(new Event('input')); }")
    if value("recall") != 1.0 or value("fn") != 0:
        problems.append(f"with a threshold of 0 recall is {value('recall')}")
    page.focus("#threshold-slider")
    page.keyboard.press("End")
    if value("recall") > recall:
        problems.append("a threshold of 1 finds more than the model's own")
    page.click("#threshold-f1")
    best = value("f1-value")
    page.click("#threshold-chosen")
    if value("recall") != recall or best < value("f1-value"):
        problems.append("the buttons below the slider do not move it as they say")
    before = value("cost-value")
    page.fill("#threshold-miss", "1000")
    if value("fn") > 0 and value("cost-value") <= before:
        problems.append("the cost does not follow what a miss costs")


def sorts(page, problems):
    """A click on a head brings the rows into order, a second one turns it."""
    if not page.query_selector("table.sortable th.number button"):
        return
    orders = []
    for _ in range(2):
        page.eval_on_selector("table.sortable th.number button", "e => e.click()")
        orders.append(page.eval_on_selector_all(
            "table.sortable >> nth=0 >> tbody tr", "rows => rows.map(r => Number(r.cells[1].dataset.order ?? NaN))"))
    first, second = ([x for x in order if not math.isnan(x)] for order in orders)
    if first != sorted(first, reverse=True) or second != sorted(second):
        problems.append(f"a table is not sorted by its second column: {first}, {second}")


def check(browser, project, path, screenshots):
    problems = []
    name = f"{pathlib.Path(project).resolve().name}-{pathlib.Path(path).stem}"
    for theme in ["light", "dark"]:
        for place, viewport in [("wide", WIDE), ("narrow", NARROW)]:
            context = browser.new_context(viewport=viewport, color_scheme=theme, reduced_motion="reduce")
            page = context.new_page()
            page.on("console", lambda message: problems.append(f"console: {message.text}"))
            page.on("pageerror", lambda error: problems.append(f"error: {error}"))
            page.on("request", lambda request: request.url.startswith(("file:", "data:")) or problems.append(f"request: {request.url}"))
            page.goto(pathlib.Path(path).resolve().as_uri())
            page.eval_on_selector_all("details", "all => all.forEach(e => { e.open = true; })")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > viewport["width"]:
                problems.append(f"{place}: the page is {width} wide")
            problems += page.evaluate(LOOK) + [f"{theme}: {text}" for text in page.evaluate(CONTRAST)]
            if screenshots:
                page.eval_on_selector_all("details", "all => all.forEach(e => { e.open = false; })")
                page.screenshot(path=f"{screenshots}/{name}-{theme}-{place}.png", full_page=True)
            if (theme, place) == ("light", "wide"):
                slider(page, project, problems)
                sorts(page, problems)
                page.click("#theme")
                if page.evaluate("getComputedStyle(document.documentElement).colorScheme") != "dark":
                    problems.append("the button does not change the theme")
            context.close()
    problems = list(dict.fromkeys(problems))
    print(f"{name}: {os.path.getsize(path)} bytes, {len(problems)} problems", *problems[:20], sep="\n  ")
    if os.path.getsize(path) > 3_000_000:
        problems.append("the page is larger than 3 MB")
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
        sys.exit("pages peer: FAILED: no Chromium on the PATH")
    passed = failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for project in given.projects:
            pages = sorted(glob.glob(f"{project}/reports/*.html"))
            failed += not pages
            for path in pages:
                good = check(browser, project, path, given.screenshots)
                passed, failed = passed + good, failed + (not good)
        browser.close()
    print(f"pages peer: {passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
