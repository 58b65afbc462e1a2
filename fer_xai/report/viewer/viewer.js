"use strict";
// The viewer of heatmaps: a grid by explainer, reference and measure; a cell opens large with a threshold.
(() => {
  const place = document.getElementById("viewer");
  const data = JSON.parse(document.getElementById("viewer-data").textContent);
  const [height, width] = data.size;
  const rgb = data.palette.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const chosen = { explainer: 0, reference: 0, metric: 0 };
  const pixels = {};

  const make = (tag, attributes = {}, text = "") => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text) node.textContent = text;
    return node;
  };
  const figure = (value) => (value === null || value === undefined ? "n/a" : value.toFixed(3));

  // The grey levels and opacities of a picture, by its source.
  const load = async (source) => {
    if (!source) return null;
    if (!(source in pixels)) {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = make("canvas");
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      pixels[source] = { width: canvas.width, bytes: context.getImageData(0, 0, canvas.width, canvas.height).data };
    }
    return pixels[source];
  };
  const cut = (sheet, row, column) => {
    const levels = new Uint8Array(width * height);
    const known = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = 4 * ((row * height + y) * sheet.width + column * width + x);
        levels[y * width + x] = sheet.bytes[from];
        known[y * width + x] = sheet.bytes[from + 3] > 127 ? 1 : 0;
      }
    }
    return { levels, known };
  };
  const edge = (mask, at) => {
    if (!mask[at]) return false;
    const x = at % width;
    return x === 0 || x === width - 1 || !mask[at - 1] || !mask[at + 1] || !mask[at - width] || !mask[at + width];
  };

  // A map over the face with the outline of the mask; with a threshold, what lies above it in place of the map.
  const paint = (canvas, map, mask, face, threshold = null) => {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    for (let at = 0; at < width * height; at++) {
      const grey = face ? face.levels[at] : 230;
      let colour = [grey, grey, grey];
      if (map && !map.known[at]) {
        const stroke = (Math.floor(at / width) + (at % width)) % 7 < 2;
        colour = stroke ? [90, 90, 90] : [0, 1, 2].map(() => 76 + 0.7 * grey);
      } else if (map && threshold === null) {
        const level = map.levels[at];
        const alpha = 0.35 + (0.6 * level) / 255;
        colour = rgb[level].map((part) => alpha * part + (1 - alpha) * grey);
      } else if (map) {
        const on = map.levels[at] > threshold;
        const both = on && mask && mask[at];
        const part = both ? [0, 158, 115] : on ? [230, 159, 0] : mask && mask[at] ? [86, 180, 233] : null;
        if (part) colour = part.map((value) => 0.7 * value + 0.3 * grey);
      } else if (mask && mask[at]) {
        colour = [0, 158, 173].map((value) => 0.45 * value + 0.55 * grey);
      }
      if (mask && edge(mask, at)) colour = [53, 240, 255];
      image.data.set([...colour, 255], 4 * at);
    }
    context.putImageData(image, 0, 0);
  };
  const overlap = (map, mask, threshold) => {
    let both = 0, either = 0, above = 0, all = 0;
    for (let at = 0; at < width * height; at++) {
      if (!map.known[at]) continue;
      const on = map.levels[at] > threshold, relevant = mask[at] > 0;
      all += 1;
      above += on;
      both += on && relevant;
      either += on || relevant;
    }
    return { iou: either ? both / either : null, share: all ? above / all : null };
  };

  const switches = make("div", { class: "switches" });
  for (const [key, word, entries] of [
    ["explainer", "Explanation", data.explainers],
    ["reference", "Compared with", data.references],
    ["metric", "Measure", data.metrics],
  ]) {
    const label = make("label", {}, `${word} `);
    const select = make("select", { name: key });
    entries.forEach((entry, number) => select.append(make("option", { value: number }, entry.title)));
    select.addEventListener("change", () => {
      chosen[key] = Number(select.value);
      draw();
    });
    label.append(select);
    switches.append(label);
  }
  const scroll = make("div", { class: "scroll" });
  const status = make("p", { class: "legend", role: "status" });
  place.append(switches, scroll, status);

  const now = () => ({
    explainer: data.explainers[chosen.explainer],
    reference: data.references[chosen.reference],
    metric: data.metrics[chosen.metric],
  });
  const score = (metric, row, column) => {
    const { explainer, reference } = now();
    return data.scores[explainer.name]?.[reference.name]?.[metric.name]?.[row]?.[column] ?? [null, null, null];
  };
  const truth = data.explainers.find((explainer) => explainer.measured);
  const parts = async () => {
    const { explainer, reference } = now();
    const sheets = [explainer.maps, reference.masks, data.face, truth?.maps, reference.maps];
    const [maps, masks, face, measured, graded] = await Promise.all(sheets.map(load));
    return {
      map: (row, column) => cut(maps, row, column),
      known: measured && truth !== explainer ? (row, column) => cut(measured, row, column) : null,
      graded: graded ? (column) => cut(graded, 0, column) : null,
      mask: (column) => (reference.has[column] ? cut(masks, 0, column).levels : null),
      face: face ? cut(face, 0, 0) : null,
    };
  };

  const draw = async () => {
    const { explainer, reference, metric } = now();
    const { map, known, graded, mask, face } = await parts();
    const table = make("table", { class: "maps" });
    table.append(make("caption", {}, `${explainer.title}; figures: ${metric.title} with ${reference.title}`));
    const head = table.createTHead().insertRow();
    head.append(make("th", { scope: "col" }, "network"));
    data.columns.forEach((name) => head.append(make("th", { scope: "col" }, name)));
    const body = table.createTBody();
    const first = body.insertRow();
    first.append(make("th", { scope: "row" }, reference.title));
    data.columns.forEach((name, column) => {
      const canvas = make("canvas", { role: "img", "aria-label": `${reference.title}, ${name}` });
      paint(canvas, null, mask(column), face);
      first.insertCell().append(canvas);
    });
    if (graded) {
      const below = body.insertRow();
      below.append(make("th", { scope: "row" }, `${reference.title}, continuous`));
      data.columns.forEach((name, column) => {
        const canvas = make("canvas", { role: "img", "aria-label": `${reference.title}, continuous, ${name}` });
        paint(canvas, reference.has[column] ? graded(column) : null, mask(column), face);
        below.insertCell().append(canvas);
      });
    }
    data.rows.forEach((name, row) => {
      const line = body.insertRow();
      line.append(make("th", { scope: "row" }, name));
      data.columns.forEach((expression, column) => {
        const value = figure(score(metric, row, column)[0]);
        const blind = explainer.blind[row][column];
        const below = blind ? `${value} blind` : value;
        const words = `${name}, ${expression}: ${metric.title} ${below}${blind ? `, ${blind}` : ""}; open large`;
        const button = make("button", { type: "button", "aria-label": words });
        const canvas = make("canvas", { "aria-hidden": "true" });
        paint(canvas, map(row, column), mask(column), face);
        button.append(canvas, make("span", { "aria-hidden": "true" }, below));
        button.addEventListener("click", () => open(row, column, button));
        line.insertCell().append(button);
      });
      if (!known) return;
      const below = body.insertRow();
      below.append(make("th", { scope: "row" }, `true map of ${name}`));
      data.columns.forEach((expression, column) => {
        const canvas = make("canvas", { role: "img", "aria-label": `true map of ${name}, ${expression}` });
        paint(canvas, known(row, column), mask(column), face);
        below.insertCell().append(canvas);
      });
    });
    scroll.replaceChildren(table);
    status.textContent = "Line: outline of the mask. Hatched: pixels that under half of the images show, which no score counts.";
    place.dataset.ready = "yes";
  };

  const dialog = make("dialog", { "aria-labelledby": "viewer-title" });
  document.body.append(dialog);
  const open = async (row, column, from) => {
    const { explainer, reference } = now();
    const { map, mask, face } = await parts();
    const own = map(row, column), of = mask(column);
    const title = `${data.rows[row]}, ${data.columns[column]}`;
    const large = make("canvas", { class: "large", role: "img", "aria-label": `heatmap of ${title}` });
    const cutAt = make("input", { type: "range", min: 0, max: 255, value: explainer.thresholds[row][column], id: "threshold" });
    const binary = make("input", { type: "checkbox", id: "binary" });
    const words = make("p", { class: "legend", role: "status" });
    const show = () => {
      const threshold = Number(cutAt.value);
      paint(large, own, of, face, binary.checked ? threshold : null);
      const { iou, share } = of ? overlap(own, of, threshold) : { iou: null, share: null };
      const otsu = threshold === explainer.thresholds[row][column] ? " (Otsu's)" : "";
      words.textContent = binary.checked
        ? `Above the threshold ${(threshold / 255).toFixed(2)}${otsu}: ${share === null ? "n/a" : (100 * share).toFixed(0)} % of the pixels; overlap with the mask (IoU, at half the resolution) ${figure(iou)}. Green: in both; orange: the map alone; blue: the mask alone.`
        : "The map, each from its minimum to its maximum.";
    };
    cutAt.addEventListener("input", () => {
      binary.checked = true;
      show();
    });
    binary.addEventListener("change", show);
    const close = make("button", { type: "button", class: "close" }, "Close");
    close.addEventListener("click", () => dialog.close());
    const table = make("table");
    table.append(make("caption", {}, `Scores with ${reference.title}${data.holds ? `, 95 % intervals over ${data.holds}` : ""}`));
    const head = table.createTHead().insertRow();
    ["measure", "all", ...data.folds.names].forEach((name) => head.append(make("th", { scope: "col" }, name)));
    const body = table.createTBody();
    for (const metric of data.metrics) {
      const [value, low, high] = score(metric, row, column);
      const line = body.insertRow();
      line.append(make("th", { scope: "row" }, metric.title));
      line.insertCell().textContent = figure(value) + (low === null ? "" : ` (${figure(low)} to ${figure(high)})`);
      const folds = data.folds.values[explainer.name]?.[reference.name]?.[metric.name]?.[row] ?? [];
      data.folds.names.forEach((_, fold) => (line.insertCell().textContent = figure(folds[fold]?.[column])));
    }
    const counts = [
      [explainer.images[row][column], "images"],
      [explainer.people[row][column], "people"],
      [data.replicates, "bootstrap replicates"],
    ].map(([number, word]) => `${number < 0 ? "unknown number of" : number} ${word}`);
    const blind = explainer.blind[row][column];
    const label = make("label", { for: "threshold" }, "Threshold ");
    const toggle = make("label", { for: "binary" }, "show what lies above it ");
    const controls = make("div", { class: "switches" });
    label.append(cutAt);
    toggle.append(binary);
    controls.append(label, toggle);
    const heading = make("h3", { id: "viewer-title" }, title);
    const facts = make("p", { class: "legend" }, `${explainer.title}; ${counts.join(", ")}.${blind ? ` This map shows nothing: ${blind}.` : ""}`);
    const wide = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "scores" });
    wide.append(table);
    dialog.replaceChildren(close, heading, facts, large, controls, words, wide);
    dialog.onclose = () => from.focus();
    show();
    dialog.showModal();
  };
  draw();
})();
