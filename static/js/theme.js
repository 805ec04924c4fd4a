// The theme the reader chose, applied before the first paint; without a choice the system's own holds. Not a module: it must run at once.
(() => {
  const root = document.documentElement;
  const kept = "theme";

  const read = () => {
    try {
      return localStorage.getItem(kept);
    } catch {
      return null; // storage is blocked: the system's theme it is
    }
  };

  const keep = (theme) => {
    try {
      localStorage.setItem(kept, theme);
    } catch {
      // storage is blocked: the choice lasts as long as the page
    }
  };

  const shown = () =>
    root.dataset.theme ??
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  const chosen = read();
  if (chosen === "light" || chosen === "dark") {
    root.dataset.theme = chosen;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) {
      root.dataset.theme = shown() === "dark" ? "light" : "dark";
      keep(root.dataset.theme);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
