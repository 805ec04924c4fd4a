// The search form of the call list: its key, and an address that holds only what is asked.
const form = document.querySelector("[data-find]");
const line = form.elements.q;

addEventListener("keydown", (event) => {
  const inField = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (event.key === "/" && !inField && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    line.focus();
    line.select();
  }
});

form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (value.trim() === "") {
      formData.delete(name);
    }
  }
});
