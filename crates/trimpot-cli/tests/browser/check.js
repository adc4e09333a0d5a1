// Looks at a page as it is shown, and writes what is wrong with it into its document, as JSON.
addEventListener("load", () => {
  const wrong = [];
  const root = document.documentElement;
  const short = text => text.trim().replace(/\s+/g, " ").slice(0, 60);
  const inside = (box, frame) => box.left >= frame.left - 0.5 && box.right <= frame.right + 0.5
    && box.top >= frame.top - 0.5 && box.bottom <= frame.bottom + 0.5;

  for (const entry of document.querySelectorAll("main details")) entry.open = true;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(element =>
      !element.closest("svg, .scrolled, pre") && element.getBoundingClientRect().right > root.clientWidth + 0.5);
    const names = wide.slice(0, 3).map(element => `${element.tagName} ${short(element.textContent)}`);
    wrong.push(`overflow: ${root.scrollWidth} of ${root.clientWidth} pixels: ${names.join("; ")}`);
  }

  // Headings in order, each at most a level below the one before.
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) wrong.push(`heading: ${heading.tagName} after H${level}: ${short(heading.textContent)}`);
    level = next;
  }
  for (const box of document.querySelectorAll(".scrolled, pre"))
    if (box.tabIndex !== 0) wrong.push(`keyboard: ${box.className || box.tagName} scrolls, and cannot be reached`);
  for (const link of document.querySelectorAll("a"))
    if (!document.getElementById(link.hash.slice(1))) wrong.push(`link: ${link.getAttribute("href")} leads nowhere`);

  for (const figure of document.querySelectorAll("figure"))
    if (!figure.querySelector("svg.plot")) wrong.push(`figure: ${short(figure.textContent)} has no plot`);
  for (const plot of document.querySelectorAll("svg.plot")) {
    const title = plot.querySelector("title")?.textContent ?? "";
    const frame = plot.getBoundingClientRect();
    const marks = [...plot.querySelectorAll(".mark")];
    if (!title || plot.getAttribute("role") !== "img") wrong.push("figure: a plot has no name");
    if (frame.width < 200 || frame.height < 60) wrong.push(`size: ${title}: ${frame.width} x ${frame.height}`);
    if (!marks.length || marks.length !== Number(plot.dataset.marks))
      wrong.push(`marks: ${title}: ${marks.length} of ${plot.dataset.marks}`);
    for (const mark of marks) {
      const { width, height } = mark.getBoundingClientRect();
      if (!(Math.max(width, height) > 0.5)) wrong.push(`marks: ${title}: one cannot be seen`);
    }
    const texts = [...plot.querySelectorAll("text")].map(text => [text, text.getBoundingClientRect()]);
    texts.forEach(([text, box], i) => {
      if (!inside(box, frame)) wrong.push(`outside: ${title}: ${text.textContent}`);
      for (const [other, its] of texts.slice(0, i)) {
        const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        if (across > 1 && down > 4) wrong.push(`covered: ${title}: ${other.textContent} by ${text.textContent}`);
      }
    });
  }

  // Contrast of text, by the Web Content Accessibility Guidelines.
  const color = text => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const over = (top, alpha, below) => below.map((channel, i) => alpha * top[i] + (1 - alpha) * channel);
  const luminance = rgb => rgb.map(channel => channel / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, i) => sum + [0.2126, 0.7152, 0.0722][i] * value, 0);
  const ground = element => {
    if (!element) return [255, 255, 255];
    const { rgb, alpha } = color(getComputedStyle(element).backgroundColor);
    return alpha === 1 ? rgb : over(rgb, alpha, ground(element.parentElement));
  };
  const behind = text => {
    const box = text.getBoundingClientRect();
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const cells = [...text.closest("svg.plot").querySelectorAll(".cell")].filter(cell => {
      const { left, right, top, bottom } = cell.getBoundingClientRect();
      return left <= x && x <= right && top <= y && y <= bottom;
    });
    return cells.reduce((below, cell) => {
      const style = getComputedStyle(cell);
      return over(color(style.fill).rgb, Number(style.fillOpacity), below);
    }, ground(text.closest("svg.plot").parentElement));
  };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, title") || !element.getClientRects().length) continue;
    const isDrawn = element.closest("svg.plot");
    const style = getComputedStyle(element);
    const below = isDrawn ? behind(element) : ground(element);
    const { rgb, alpha } = color(isDrawn ? style.fill : style.color);
    const [dark, light] = [luminance(over(rgb, alpha, below)), luminance(below)].sort((one, other) => one - other);
    const contrast = (light + 0.05) / (dark + 0.05);
    texts += 1;
    if (!(contrast >= 4.5)) wrong.push(`contrast: ${contrast.toFixed(2)} of ${short(node.data)}`);
  }

  const loaded = performance.getEntriesByType("resource").map(entry => entry.name);
  if (loaded.length) wrong.push(`network: ${loaded}`);
  const found = {
    width: innerWidth,
    is_dark: matchMedia("(prefers-color-scheme: dark)").matches,
    plots: document.querySelectorAll("svg.plot").length,
    texts,
    wrong,
  };
  report(found);
});
