// Shows the search, and hides entries, their sections and their lines of the index that do not hold all words.
{
  const label = document.querySelector(".search");
  const [input, output] = [label.querySelector("input"), label.querySelector("output")];
  const entries = [...document.querySelectorAll(".entry")].map(element => ({
    element,
    text: element.textContent.toLowerCase(),
    line: document.querySelector(`.index a[href="#${element.querySelector("[id]").id}"]`)?.parentElement,
  }));
  label.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/);
    let found = 0;
    for (const { element, text, line } of entries) {
      const hidden = !words.every(word => text.includes(word));
      element.hidden = hidden;
      if (line) line.hidden = hidden;
      found += !hidden;
    }
    for (const section of document.querySelectorAll("section"))
      section.hidden = section.querySelector(".entry") && !section.querySelector(".entry:not([hidden])");
    output.textContent = input.value ? `${found} of ${entries.length}` : "";
  });
}
