#!/usr/bin/env python3
"""Opens a report in headless Chromium and uses it as a reader would.

usage: check.py REPORT_FOLDER [SCREENSHOT_FOLDER]

REPORT_FOLDER holds index.html and results.json. Exit code 0: all holds; 1: something does not; 77: no browser.
Needs chromium and chromedriver (Debian: chromium, chromium-driver) and nothing beyond Python's library.
"""

import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter

SERIES = ["#0B62A8", "#C2410C", "#0F766E", "#7C3AED", "#A16207", "#BE185D"]
KEYS = {"tab": "\ue004", "enter": "\ue007"}


class Browser:
    """A session of the WebDriver protocol."""

    def __init__(self, chromium, driver):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        options = {"binary": chromium, "args": flags}
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}
        self.base += "/session/" + self.call("POST", "/session", {"capabilities": wanted})["sessionId"]

    def wait(self):
        for _ in range(100):
            try:
                if self.call("GET", "/status")["ready"]:
                    return
            except urllib.error.URLError:
                pass
            time.sleep(0.1)
        raise SystemExit("chromedriver does not answer")

    def call(self, method, path, body=None):
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.read().decode()[:500]}")

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def press(self, *keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def logs(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def show(self, width, height, scheme):
        phone = width < 600
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.devtools("Emulation.setEmulatedMedia", features=[feature])

    def screenshot(self, path, selector, width, height):
        """Takes the stretch of the page that begins with an element."""
        script = "const e = document.querySelector(arguments[0]); return e && e.getBoundingClientRect().top + scrollY"
        top = self.run(script, selector)
        if top is not None:
            clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
            reply = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
            path.write_bytes(base64.b64decode(reply["data"]))

    def quit(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


def check(holds, message):
    if not holds:
        raise SystemExit(f"FAILED: {message}")


def concerns(item):
    """Returns the types and predicates that an error is about, from results.json alone."""
    types, predicates = set(), set()
    for side in ("gold", "predicted"):
        mentions = item[side]
        types |= {m["label"] for m in mentions if m["at_fault"]}
        for relation in item[side + "_relations"]:
            if relation["at_fault"]:
                predicates.add(relation["predicate"])
                types |= {mentions[relation["subject"]]["label"], mentions[relation["object"]]["label"]}
    return types, predicates


def check_filters(browser, results):
    systems = results["systems"]
    share = max(1, 500 // len(systems))
    shown = []
    for system in systems:
        seen = Counter()
        for item in system["errors"]["items"]:
            seen[item["kind"]] += 1
            if seen[item["kind"]] <= share:
                shown.append((system["name"], item, *concerns(item)))

    choose = """
        const [id, value] = arguments, control = document.getElementById(id);
        control.value = value;
        if (control.value !== value) throw new Error(`no choice ${value} in ${id}`);
        control.dispatchEvent(new Event("input", { bubbles: true }));
        return document.getElementById("count").textContent;"""
    found = lambda text: int(text.split(" of ")[1].split()[0])
    check(found(browser.run(choose, "words", "")) == len(shown), "all errors are counted at first")
    filters = {
        "kind": lambda e, v: e[1]["kind"] == v,
        "type": lambda e, v: v in e[2],
        "predicate": lambda e, v: v in e[3],
    }
    if len(systems) > 1:
        filters["system"] = lambda e, v: e[0] == v
    read = "return [...document.querySelectorAll(`#${arguments[0]} option`)].map((o) => o.value).filter(Boolean)"
    tried = 0
    for name, has in filters.items():
        values = browser.run(read, name)
        expected = {"kind": {e[1]["kind"] for e in shown}, "type": set().union(*(e[2] for e in shown)),
                    "predicate": set().union(*(e[3] for e in shown)), "system": {e[0] for e in shown}}[name]
        check(set(values) == expected, f"choices of {name}: {values}, expected {expected}")
        for value in values:
            expected = sum(has(e, value) for e in shown)
            got = found(browser.run(choose, name, value))
            check(got == expected, f"{name}={value} shows {got}, expected {expected}")
            cards = browser.run("return document.querySelectorAll('#list .card').length")
            check(cards == min(25, expected), f"{name}={value} draws {cards} cards")
            tried += 1
        browser.run(choose, name, "")
    if shown:
        kind = shown[0][1]["kind"]
        browser.run(choose, "kind", kind)
        types = sorted(shown[0][2])
        if types:
            got = found(browser.run(choose, "type", types[0]))
            expected = sum(e[1]["kind"] == kind and types[0] in e[2] for e in shown)
            check(got == expected, f"{kind} and {types[0]} together show {got}, expected {expected}")
        browser.run(choose, "words", "no text holds this")
        check(browser.run("return document.querySelectorAll('#list .card').length") == 0, "words filter")
        browser.run("document.querySelector('#filters button').click()")
        time.sleep(0.2)
        check(found(browser.run("return document.getElementById('count').textContent")) == len(shown), "Show all")
    return tried


def check_texts(browser, results):
    """Every shown sentence stands in its card letter by letter, and none was read as markup."""
    sentences = {item["sentence"] for system in results["systems"] for item in system["errors"]["items"]}
    texts = browser.run("""
        return [...document.querySelectorAll("#list .side p")].map((p) => {
            const copy = p.cloneNode(true);
            copy.querySelectorAll(".tag").forEach((tag) => tag.remove());
            return copy.textContent;
        })""")
    for text in texts:
        check(text in sentences, f"a card shows {text!r}, which is no sentence of the results")
    check(browser.run("return window.hacked === undefined"), "a text of the input ran as a script")
    check(browser.run("return document.images.length") == 0, "a text of the input became an image")


def check_curves(browser, results):
    curves = browser.run("""
        return [...document.querySelectorAll("figure > svg")].map((svg) => ({
            label: svg.getAttribute("aria-label"),
            lines: [...svg.querySelectorAll("polyline, line, path")]
                .filter((line) => arguments[0].includes(line.getAttribute("stroke")))
                .map((line) => [line.getAttribute("stroke"), line.getTotalLength(),
                                getComputedStyle(line).stroke]),
            dots: svg.querySelectorAll("circle").length,
        }))""", SERIES)
    drawn = 0
    for i, layer in [(i, layer) for layer in ("mentions", "relations") for i in range(len(results["systems"]))]:
        system = results["systems"][i]
        wanted = [("Precision and recall, ", [c for c in system["curves"] if c["layer"] == layer and c["points"]]),
                  ("Reliability, ", [c for c in system["calibration"] if c["layer"] == layer and len(c["bins"]) > 1])]
        for title, has in wanted:
            if has:
                figure = next((c for c in curves if c["label"].startswith(title + layer)), None)
                check(figure, f"no figure '{title}{layer}'")
                own = [length for stroke, length, _ in figure["lines"] if stroke == SERIES[i % 6]]
                check(any(length > 0 for length in own), f"'{title}{layer}' has no line of {system['name']}")
                drawn += 1
    for figure in curves:
        check(figure["dots"] > 0, f"no dot in {figure['label']}")
        for stroke, _, computed in figure["lines"]:
            check(computed not in ("none", ""), f"line {stroke} of {figure['label']} is not painted")
    return drawn


CONTRAST = """
    const channel = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const parse = (text) => {
        const n = text.match(/[\\d.]+/g).map(Number);
        const scale = text.startsWith("color(") ? 1 : 255;
        return { rgb: n.slice(0, 3).map((v) => v / scale), alpha: n.length > 3 ? n[3] : 1 };
    };
    const light = (rgb) => { const [r, g, b] = rgb.map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const colour = parse(getComputedStyle(e).backgroundColor);
            if (colour.alpha === 1) return colour.rgb;
        }
        return [1, 1, 1];
    };
    const worst = {};
    for (const name of ["body", "h1", "a", "dt", "dd", "caption", "caption small", "th", "td", ".interval", ".shaded",
                        "figcaption", "figure > svg text", "label", "select", "input", "button", ".legend li",
                        ".card h3", ".card header span", "mark", ".tag", ".chip", ".side li", ".arrow", ".notes li"]) {
        for (const element of document.querySelectorAll(name)) {
            const style = getComputedStyle(element);
            const ink = parse(element instanceof SVGElement ? style.fill : style.color).rgb;
            const [a, b] = [light(ink), light(behind(element))].sort((x, y) => y - x);
            const contrast = (a + 0.05) / (b + 0.05);
            worst[name] = Math.min(worst[name] ?? 21, contrast);
        }
    }
    return worst;"""


def check_looks(browser, folder):
    for scheme in ("light", "dark"):
        for name, width, height in (("desktop", 1280, 900), ("tablet", 768, 1024), ("phone", 360, 740)):
            browser.show(width, height, scheme)
            time.sleep(0.3)
            wide = browser.run("return document.documentElement.scrollWidth")
            check(wide <= width, f"{name}: the page is {wide} wide and scrolls sideways")
            background = browser.run("return getComputedStyle(document.body).backgroundColor")
            dark = sum(int(n) for n in background[4:-1].split(",")[:3]) < 3 * 128
            check(dark == (scheme == "dark"), f"{scheme}: the paper is {background}")
            for element, contrast in browser.run(CONTRAST).items():
                check(contrast >= 4.5, f"{scheme}: contrast of {element} is {contrast:.2f}, below 4.5")
            if folder:
                for part in ("html", "#confidence", "#errors"):
                    path = folder / f"report-{scheme}-{name}-{part.lstrip('#')}.png"
                    browser.screenshot(path, part, width, max(height, 1100))
    browser.show(1280, 900, "light")


def check_access(browser, has_errors):
    lacking = browser.run("""
        return [...document.querySelectorAll("select, input")].filter((c) => !c.labels.length).map((c) => c.id)
            .concat([...document.querySelectorAll("table")].filter((t) => !t.caption).map(() => "a table"))
            .concat([...document.querySelectorAll("th:not([scope])")].map((th) => th.textContent))
            .concat([...document.querySelectorAll("figure > svg:not([role=img][aria-label])")].map(() => "a plot"))
            .concat([...document.querySelectorAll("nav a")].filter((a) => !document.querySelector(a.hash)).map((a) => a.hash))
        """)
    check(not lacking, f"no name, scope or target: {lacking}")
    check(browser.run("return document.documentElement.lang && document.title.length > 0"), "language and title")
    # By keyboard alone: the skip link comes first, then the choice of a kind, then more errors.
    browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    browser.press(KEYS["tab"])
    check(browser.run("return document.activeElement.className") == "skip", "the first stop is the skip link")
    if not has_errors:
        return
    stops = []
    for _ in range(200):
        browser.press(KEYS["tab"])
        stops.append(browser.run("const e = document.activeElement; return e.id || e.tagName"))
        if stops[-1] == "kind":
            break
    check(stops[-1] == "kind", f"the choice of a kind is not reached by keyboard: {stops}")
    outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle")
    check(outline != "none", "the focus cannot be seen")
    before = browser.run("return document.getElementById('count').textContent")
    browser.press("w")
    after = browser.run("return document.getElementById('count').textContent")
    if browser.run("return [...document.getElementById('kind').options].some((o) => o.text.startsWith('w'))"):
        check(before != after, f"typing into the choice changes nothing: {before}")
    browser.run("document.querySelector('#filters button').click()")
    time.sleep(0.2)
    if browser.run("const more = document.getElementById('more'); more.focus(); return !more.hidden"):
        cards = browser.run("return document.querySelectorAll('.card').length")
        browser.press(KEYS["enter"])
        check(browser.run("return document.querySelectorAll('.card').length") > cards, "Show more shows no more")
        check(browser.run("return document.activeElement.tagName") == "H3", "the focus goes to the first new error")


def check_silence(browser):
    messages = [entry["message"] for entry in browser.logs("browser")]
    check(not messages, f"the console says {messages}")
    asked = []
    for entry in browser.logs("performance"):
        event = json.loads(entry["message"])["message"]
        if event["method"] == "Network.requestWillBeSent":
            asked.append(event["params"]["request"]["url"])
    foreign = [url for url in asked if not url.startswith(("file:", "data:"))]
    check(asked and not foreign, f"the page asks for {foreign or 'nothing, not even itself'}")
    return len(asked)


def main():
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (chromium and driver):
        print("no chromium and chromedriver here")
        return 77
    report = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if folder:
        os.makedirs(folder, exist_ok=True)
    results = json.loads((report / "results.json").read_text())
    browser = Browser(chromium, driver)
    try:
        browser.show(1280, 900, "light")
        browser.call("POST", "/url", {"url": (report / "index.html").as_uri()})
        curves = check_curves(browser, results)
        has_errors = any(system["errors"]["items"] for system in results["systems"])
        choices = check_filters(browser, results) if has_errors else 0
        check_texts(browser, results)
        check_access(browser, has_errors)
        check_looks(browser, folder)
        requests = check_silence(browser)
    finally:
        browser.quit()
    print(f"{curves} curves drawn, {choices} choices of filters right, {requests} requests, all to files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
