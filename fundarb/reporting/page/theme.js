// Before anything is painted: the theme that was chosen last.
try {
  const theme = localStorage.getItem("fundarb-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* a page from a file may have no storage */ }
