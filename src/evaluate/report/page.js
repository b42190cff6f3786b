"use strict";
(() => {
  const source = document.getElementById("errors-data");
  if (!source) return;
  const PAGE = 25;
  const KINDS = ["missed mention", "spurious mention", "wrong span", "wrong type", "wrong concept",
    "missed relation", "spurious relation", "wrong predicate", "wrong direction", "wrong flag"];
  const TYPES = ["cytokine", "receptor", "gene", "therapy", "cancer", "disease", "cell", "process"];
  const get = (id) => document.getElementById(id);

  // Every error, with what the filters ask for.
  const errors = JSON.parse(source.textContent).flatMap(({ system, items }) => items.map((item) => {
    const types = new Set(), predicates = new Set();
    for (const [mentions, relations] of [[item.gold, item.gold_relations], [item.predicted, item.predicted_relations]]) {
      for (const mention of mentions) if (mention.at_fault) types.add(mention.label);
      for (const relation of relations.filter((r) => r.at_fault)) {
        predicates.add(relation.predicate);
        types.add(mentions[relation.subject].label).add(mentions[relation.object].label);
      }
    }
    return { ...item, system, types, predicates, words: `${item.document}\n${item.sentence}`.toLowerCase() };
  }));
  const ordered = (values, order) => [...new Set(values)].sort((a, b) => {
    const [i, j] = [order.indexOf(a), order.indexOf(b)].map((n) => (n < 0 ? order.length : n));
    return i - j || (a < b ? -1 : 1);
  });
  const labels = ordered(errors.flatMap((e) => [...e.gold, ...e.predicted].map((m) => m.label)), TYPES);

  const FILTERS = {
    system: { values: ordered(errors.map((e) => e.system), []), has: (e, v) => e.system === v },
    kind: { values: ordered(errors.map((e) => e.kind), KINDS), has: (e, v) => e.kind === v },
    type: { values: ordered(errors.flatMap((e) => [...e.types]), TYPES), has: (e, v) => e.types.has(v) },
    predicate: { values: ordered(errors.flatMap((e) => [...e.predicates]), []), has: (e, v) => e.predicates.has(v) },
  };

  // Makes an element; text is set as text, so nothing in a document is read as markup.
  const make = (tag, name, ...content) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...content);
    return element;
  };
  const colour = (label) => `t${labels.indexOf(label) % 8}`;

  // Sets the mentions that begin in a stretch of code points, the outermost first and others inside it.
  const marked = (points, start, end, mentions) => {
    const parts = [];
    let at = start;
    for (let i = 0; i < mentions.length;) {
      const mention = mentions[i], from = Math.max(mention.start, at), to = Math.min(mention.end, end);
      let next = i + 1;
      while (next < mentions.length && mentions[next].end <= to) next += 1;
      parts.push(points.slice(at, from).join(""));
      const mark = make("mark", colour(mention.label) + (mention.at_fault ? " fault" : ""));
      mark.append(...marked(points, from, to, mentions.slice(i + 1, next)));
      mark.append(make("span", "tag", mention.label + (mention.at_fault ? " ◆" : "")));
      if (mention.concepts) mark.title = mention.concepts.join(", ");
      parts.push(mark);
      at = Math.max(at, to);
      i = next;
    }
    parts.push(points.slice(at, end).join(""));
    return parts;
  };

  const statement = (points, mentions, relation) => {
    const name = (i) => points.slice(mentions[i].start, mentions[i].end).join("");
    const flags = ["negated", "hedged"].filter((flag) => relation[flag]).join(", ");
    const item = make("li", relation.at_fault ? "fault" : "", name(relation.subject),
      make("span", "arrow", " → "), relation.predicate.replaceAll("_", " "),
      make("span", "arrow", " → "), name(relation.object), flags ? ` (${flags})` : "");
    if (relation.at_fault) item.append(" ◆");
    return item;
  };

  const side = (title, points, mentions, relations) => {
    const order = [...mentions].sort((a, b) => a.start - b.start || b.end - a.end);
    const body = make("div", "", make("p", "", ...marked(points, 0, points.length, order)));
    if (relations.length) body.append(make("ul", "", ...relations.map((r) => statement(points, mentions, r))));
    return make("div", "side", make("h4", "", title), body);
  };

  const card = (error) => {
    const points = Array.from(error.sentence);
    const heading = make("h3", "", error.kind);
    heading.tabIndex = -1;
    const head = make("header", "", heading, make("span", "", `document ${error.document}, from character ${error.offset}`));
    if (FILTERS.system.values.length > 1) head.append(make("span", "", error.system));
    return make("article", "card", head,
      side("Gold", points, error.gold, error.gold_relations),
      side("Predicted", points, error.predicted, error.predicted_relations));
  };

  const list = get("list"), more = get("more"), words = get("words");
  let found = [], shown = 0;
  const grow = () => {
    const next = found.slice(shown, shown + PAGE).map(card);
    list.append(...next);
    shown += next.length;
    more.hidden = shown === found.length;
    get("count").textContent = `${shown} of ${found.length} shown, ${errors.length} errors in all`;
    return next[0];
  };
  const filter = () => {
    const wanted = Object.entries(FILTERS).map(([id, { has }]) => [has, get(id)?.value]).filter(([, value]) => value);
    const text = words.value.trim().toLowerCase();
    found = errors.filter((e) => wanted.every(([has, value]) => has(e, value)) && e.words.includes(text));
    list.replaceChildren();
    shown = 0;
    grow();
  };

  for (const [id, { values, has }] of Object.entries(FILTERS)) {
    for (const value of values) {
      const option = make("option", "", `${value.replaceAll("_", " ")} (${errors.filter((e) => has(e, value)).length})`);
      option.value = value;
      get(id)?.append(option);
    }
  }
  get("key").append(...labels.map((label) => make("li", "", make("span", `chip ${colour(label)}`, label))),
    make("li", "", "◆ what the error is about"));
  get("filters").addEventListener("submit", (event) => event.preventDefault());
  get("filters").addEventListener("input", filter);
  get("filters").addEventListener("reset", () => setTimeout(filter));
  more.addEventListener("click", () => grow()?.querySelector("h3").focus());
  filter();
})();
