// Small tools for the page: elements, text, strings. Everything that came from outside becomes text, never markup.

/** The JSON that the template left in the page under this id. */
export function embedded(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

export function byId(id) {
  return document.getElementById(id);
}

/** A copy of a template's only element. */
export function stamp(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** Writes only what differs, so that selections and screen readers are left alone. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) {
    element.hidden = hidden;
  }
}

export function setAttribute(element, name, value) {
  if (value === null) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/** "Taken by {name}" with {name: "Ben"} is "Taken by Ben". */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A telephone number in groups that can be read aloud. */
export function readable(number) {
  const north = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  if (north) {
    return `+1 ${north[1]} ${north[2]} ${north[3]}`;
  }
  const other = /^\+(\d{2})(\d{5,})$/.exec(number);
  if (other) {
    return `+${other[1]} ${other[2].replace(/(\d{3})(?=\d{2})/g, "$1 ")}`;
  }
  return number;
}
