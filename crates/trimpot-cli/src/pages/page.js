// Closes the index where it lies over the content, and searches. A page without this can be read all the same.
{
  const index = document.querySelector(".index details");
  index.addEventListener("click", event => {
    if (event.target.closest("a")) index.open = false;
  });

  const search = document.querySelector(".search");
  if (search) {
    const [input, output] = [search.querySelector("input"), search.querySelector("output")];
    const entries = [...document.querySelectorAll(".entry")].map(element => ({
      element,
      text: element.textContent.toLowerCase(),
      line: document.querySelector(`.index a[href="#${element.querySelector("[id]").id}"]`)?.parentElement,
    }));
    search.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      let found = 0;
      for (const { element, text, line } of entries) {
        element.hidden = !words.every(word => text.includes(word));
        if (line) line.hidden = element.hidden;
        found += !element.hidden;
      }
      for (const section of document.querySelectorAll("section"))
        section.hidden = section.querySelector(".entry") && !section.querySelector(".entry:not([hidden])");
      output.textContent = input.value ? `${found} of ${entries.length}` : "";
    });
  }
}
